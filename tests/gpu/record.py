"""What a trial finds out, step by step: kept in a file, so that one that was cut off goes on where it stopped."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SCHEMA_VERSION = "1.0"


class StateError(Exception):
    """The file with earlier results cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Check:
    """One claim, and what was seen.

    Attributes:
        claim: what has to be so, as a sentence.
        ok: whether it is.
        seen: what was observed, in words; the reason where it is not so.
    """

    claim: str
    ok: bool
    seen: str = ""


@dataclass(frozen=True)
class Findings:
    """What one step found.

    Attributes:
        checks: its claims; none is no success.
        figures: whatever else is worth keeping, as JSON's own types. Times are in seconds.
    """

    checks: list[Check]
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """A step that was run.

    Attributes:
        step: its name.
        started: when, ISO 8601 in UTC.
        seconds: wall time.
        checks: as in `Findings`.
        figures: likewise.
        ended_early: what kept the step from its end; None where it came to it.
    """

    step: str
    started: str
    seconds: float
    checks: list[Check]
    figures: dict[str, Any]
    ended_early: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it came to its end and everything was as claimed."""
        return self.ended_early is None and bool(self.checks) and all(check.ok for check in self.checks)


@dataclass
class Record:
    """All that is known of one trial.

    Attributes:
        subject: which trial this is: its host, and what it is provisioned from. Another subject is another trial.
        results: by step.
        host: what the host is.
    """

    subject: dict[str, str]
    results: dict[str, Result] = field(default_factory=dict)
    host: dict[str, Any] = field(default_factory=dict)

    def document(self, order: Iterable[str]) -> dict[str, Any]:
        """The one JSON document of the trial.

        Args:
            order: all steps there are, in their order.
        """
        known = [name for name in order if name in self.results]
        steps = [{**asdict(self.results[name]), "ok": self.results[name].ok} for name in known]
        return {
            "schema_version": SCHEMA_VERSION,
            "subject": self.subject,
            "host": self.host,
            "ok": bool(steps) and all(step["ok"] for step in steps),
            "missing": [name for name in order if name not in self.results],
            "seconds": round(sum(step["seconds"] for step in steps), 3),
            "steps": steps,
        }


def save(record: Record, path: Path) -> None:
    """Write the record, so that whoever reads it meanwhile sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    beside.replace(path)


def resumed(path: Path, subject: dict[str, str]) -> Record:
    """The record of an earlier run of the same trial; an empty one where there was none.

    Raises:
        StateError: the file belongs to another trial, or is none.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        record = Record(held["subject"], {name: _result(each) for name, each in held["results"].items()}, held["host"])
    except FileNotFoundError:
        return Record(subject)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateError(f"{path}: not the record of a trial ({error}); remove it, or name another --state") from None
    if record.subject != subject:
        raise StateError(f"{path}: the record of another trial, {record.subject}; --fresh begins anew")
    return record


def _result(held: Mapping[str, Any]) -> Result:
    return Result(**{**held, "checks": [Check(**check) for check in held["checks"]]})
