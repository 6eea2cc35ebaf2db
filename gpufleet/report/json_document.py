"""A report for programs: one JSON document, as `schema.json` beside this file describes it. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpufleet.report.fleet import spreads
from gpufleet.report.guard import guarded
from gpufleet.report.summary import counts

if TYPE_CHECKING:
    from gpufleet.report.fleet import Spread
    from gpufleet.report.model import HostReport, ItemFinding, Report

SCHEMA_VERSION = "1.0"
"""The second number grows when something is added, the first when something that was there is gone or means another."""
SCHEMA = Path(__file__).with_name("schema.json")
"""JSON Schema, draft 07."""


def text(report: Report) -> str:
    """The document as text, in ASCII: nothing in it moves a terminal's cursor.

    Args:
        report: of any verb.
    """
    return f"{json.dumps(document(report), indent=2)}\n"


def document(report: Report) -> dict[str, Any]:
    """The document as JSON's own types.

    Args:
        report: of any verb.
    """
    report = guarded(report)
    return {
        "schema_version": SCHEMA_VERSION,
        "verb": report.verb,
        "inventory": report.inventory,
        "limits": list(report.limits),
        "roles": list(report.roles),
        "revision": report.revision,
        "started": report.started,
        "seconds": _seconds(report.seconds),
        "complete": report.complete,
        "signal": report.signal,
        "exit_code": report.exit_code,
        "summary": asdict(counts(report.hosts)),
        "outliers": [outlier for spread in spreads(report.hosts) for outlier in _outliers(spread)],
        "hosts": [_host(host) for host in report.hosts],
    }


def _host(host: HostReport) -> dict[str, Any]:
    return {
        "name": host.name,
        "status": host.status,
        "why": host.why,
        "way_out": host.way_out,
        "items": host.items,
        "findings": [_finding(finding) for finding in host.findings],
        "mended": [_finding(finding) for finding in host.mended],
        "unjudged": [asdict(each) for each in host.unjudged],
        "undone": list(host.undone),
        "notices": list(host.notices),
        "last_apply": None if host.last_apply is None else asdict(host.last_apply),
        "facts": dict(host.facts),
        "tests": dict(host.tests),
        "commands": host.commands,
        "seconds": _seconds(host.seconds),
    }


def _finding(finding: ItemFinding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "role": finding.role,
        "class": finding.kind,
        "resource": finding.resource,
        "expected": finding.expected,
        "observed": finding.observed,
        "diff": finding.diff,
        "remedy": finding.remedy,
        "mendable": finding.mendable,
        "since": finding.since,
        "failure": finding.failure,
    }


def _outliers(spread: Spread) -> list[dict[str, Any]]:
    """Every value but the most common one, with the hosts that have it."""
    (usual, _), *others = spread.values
    return [{"fact": spread.fact, "usual": usual, "value": value, "hosts": list(names)} for value, names in others]


def _seconds(value: float) -> float:
    return round(value, 3)
