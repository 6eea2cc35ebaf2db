"""A benchmark for programs: one JSON document, as `schema.json` beside this file describes it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastjsonschema

from gpufleet.bench.program.answer import SCHEMA_VERSION
from gpufleet.report.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable

    from gpufleet.bench.model import BenchReport, HostBench

SCHEMA = Path(__file__).with_name("schema.json")
"""JSON Schema, draft 07; what the program answers is its definition `answer`."""


class AnswerError(Exception):
    """A program in a sandbox answered something else than was asked for; the message says what."""


def text(report: BenchReport) -> str:
    """The document as text, in ASCII: nothing in it moves a terminal's cursor.

    Args:
        report: of one run.
    """
    return f"{json.dumps(document(report), indent=2)}\n"


def document(report: BenchReport) -> dict[str, Any]:
    """The document as JSON's own types.

    Args:
        report: of one run.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "inventory": report.inventory,
        "limits": list(report.limits),
        "started": report.started,
        "seconds": round(report.seconds, 3),
        "signal": report.signal,
        "exit_code": report.exit_code,
        "hosts": [_host(host) for host in guarded(report.hosts)],
    }


def _host(host: HostBench) -> dict[str, Any]:
    return {
        "name": host.name,
        "status": host.status,
        "why": host.why,
        "way_out": host.way_out,
        "sandbox": host.sandbox,
        "other_sandboxes": list(host.others),
        "seconds": round(host.seconds, 3),
        "answer": host.answer,
    }


def checked(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer that came out of a container, held to the schema.

    Args:
        answer: any JSON object.

    Returns:
        The same.

    Raises:
        AnswerError: it is none of the program's.
    """
    try:
        _validate()(answer)
    except fastjsonschema.JsonSchemaException as error:
        raise AnswerError(f"the program's answer was not understood: {error}") from error
    return answer


@cache
def _validate() -> Callable[[object], object]:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    own = {"$schema": schema["$schema"], "$ref": "#/definitions/answer", "definitions": schema["definitions"]}
    made: Callable[[object], object] = fastjsonschema.compile(own)
    return made
