"""Reports to try the reporters with: every status and class, many hosts, text of the worst kind."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import fastjsonschema

from gpufleet.report import json_document
from gpufleet.report.model import HostReport, ItemFinding, LastApply, Report, Unjudged

_VALIDATE = fastjsonschema.compile(json.loads(json_document.SCHEMA.read_text(encoding="utf-8")))
ESCAPES = re.compile(r"\x1b\[[0-9;]+m")
"""The colours that a report may hold; nothing else of a terminal's escape sequences."""
HOSTILE = "a\x1b[2Jb\r\nc\x07\x9b31m\u202egnp.exe\u2028\udcff\x00<&]]>\"' 日本語 e\u0301 " + "x" * 500
"""Escape sequences, line ends, a bell, C1, a text direction, an undecodable byte, XML, wide letters, a long word."""
DIFF = "--- declared\n+++ found\n" + "".join(f"-line {number}\n+other {number}\n" for number in range(20))

CONFIG = ItemFinding(
    id="docker-engine.write-daemon-json",
    role="docker_engine",
    kind="config",
    resource="/etc/docker/daemon.json",
    expected='"log-driver": "local"',
    observed="nothing",
    remedy="apply",
    diff=DIFF,
    since="2026-11-20T03:12:45+00:00",
)
PENDING = replace(
    CONFIG,
    id="sandbox.run-box",
    role="sandbox",
    kind="pending",
    resource="container box",
    expected="its declaration",
    observed="an older one, in use by a session",
    remedy="end that, then `gpufleet apply`",
    mendable=False,
    diff=None,
    since=None,
)
RUNTIME = replace(
    CONFIG,
    id="docker-engine.load-daemon-json",
    kind="runtime",
    resource="dockerd",
    expected="the file",
    observed="an older one",
    remedy="apply: reloads it",
    diff=None,
)
VERSION = replace(CONFIG, id="docker-engine.install", kind="version", resource="docker-ce", diff=None)
UNMANAGED = replace(CONFIG, id="docker-engine.source", kind="unmanaged", resource="docker.list", diff=None)
UNKNOWN = replace(
    CONFIG, id="cuda-image.build", kind="unknown", resource="images", expected="an answer", observed="none", diff=None
)
EVERY_CLASS = (CONFIG, PENDING, RUNTIME, VERSION, UNMANAGED, UNKNOWN)
STAMP = LastApply(changed_at="2026-11-20T03:12:45+00:00", revision="4f2c91e", version="0.1.0")


def clean(name: str, driver: str = "580.159.04") -> HostReport:
    return HostReport(name=name, items=31, last_apply=STAMP, facts={"driver": driver}, commands=2, seconds=0.4)


def drifted(name: str, *findings: ItemFinding) -> HostReport:
    return replace(clean(name), findings=findings or (CONFIG,))


def unreachable(name: str, address: str = "10.0.0.5") -> HostReport:
    return HostReport(name=name, why=f"no route to {address}", way_out=f"ssh-keygen -R {name}", seconds=10.0)


def run(*hosts: HostReport, **fields: Any) -> Report:
    """A check of these hosts."""
    given: dict[str, Any] = {
        "verb": "check",
        "inventory": "inventory.py",
        "revision": "4f2c91e",
        "started": "2026-11-22T09:00:00+00:00",
        "seconds": 7.4,
        "hosts": hosts,
    }
    return Report(**{**given, **fields})


def fleet(count: int) -> Report:
    """Many hosts: one in ten drifted, each in a way of its own, one in fifty unreachable."""
    return run(*(_member(number) for number in range(count)))


def _member(number: int) -> HostReport:
    name = f"gpu-{number:03}"
    if number % 50 == 7:
        return unreachable(name, f"10.0.0.{number % 250}")
    if number % 10 == 3:
        own = tuple(replace(finding, observed=f"{finding.observed} {number}") for finding in EVERY_CLASS[:5])
        return replace(clean(name), findings=own, unjudged=(Unjudged(id="sandbox.run-box", why="docker.service"),))
    return clean(name)


def samples() -> list[Report]:
    """Reports that together hold everything that a report can hold."""
    hostile = ItemFinding(
        id=HOSTILE, role=HOSTILE, kind="config", resource=HOSTILE, expected=HOSTILE, observed=HOSTILE,
        remedy=HOSTILE, diff=f"{HOSTILE}\n{HOSTILE}", since="2026-11-20T03:12:45+00:00", failure=HOSTILE,
    )  # fmt: skip
    strange = HostReport(
        name=HOSTILE, why=HOSTILE, way_out=HOSTILE, findings=(hostile,), mended=(hostile,), notices=(HOSTILE,),
        unjudged=(Unjudged(id=HOSTILE, why=HOSTILE),), undone=(HOSTILE,), facts={HOSTILE: HOSTILE}, items=3,
        last_apply=LastApply(changed_at=HOSTILE, revision=HOSTILE, version=HOSTILE, in_progress=True),
    )  # fmt: skip
    cut_off = replace(clean("b"), undone=("docker-engine.install",), last_apply=replace(STAMP, in_progress=True))
    tested = HostReport(name="a", tests={"failed": 1, "passed": 40, "skipped": 3}, items=41, findings=(RUNTIME,))
    lost = HostReport(name="b", why="lost", tests={"errors": 1, "not run": 40}, findings=(RUNTIME,), items=1)
    return [
        run(),
        run(clean("a")),
        run(clean("a"), drifted("b", *EVERY_CLASS), unreachable("c"), clean("d", "535.1"), limits=("all",)),
        run(replace(clean("a"), mended=(CONFIG,)), cut_off, verb="apply", signal=2, roles=("sandbox",)),
        run(drifted("a", replace(CONFIG, failure="apt said no")), verb="apply", inventory="production.yml"),
        run(strange, replace(clean("b"), facts={}), inventory=HOSTILE, revision=HOSTILE, roles=(HOSTILE,)),
        run(tested, lost, verb="verify"),
        run(HostReport(name="a", tests={"skipped": 2}), verb="verify", verified=False),
    ]


def document(report: Report) -> dict[str, Any]:
    """The JSON document of a report, held to its schema."""
    made: dict[str, Any] = json.loads(json_document.text(report))
    _VALIDATE(made)
    return made
