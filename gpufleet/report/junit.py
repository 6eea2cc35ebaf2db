"""A report as JUnit XML, as CI systems read it: a test suite per host, a test case per item. Pure.

A finding is a failure. What could not be read is an error: nothing was found out about it. An item that waits for
another one was skipped.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from gpufleet.report.guard import guarded
from gpufleet.report.summary import as_declared, plural
from gpufleet.report.verified import ERRORS, FAILED, PASSED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gpufleet.report.model import HostReport, ItemFinding, Report

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, or discourages (section 2.2)."""


def text(report: Report) -> str:
    """The document as text.

    Args:
        report: of any verb.
    """
    report = guarded(report)
    root = ET.Element("testsuites", name=f"gpufleet {report.verb}")
    for host in report.hosts:
        root.append(_suite(host, report))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", f"{report.seconds:.3f}")
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(host: HostReport, report: Report) -> ET.Element:
    name = _clean(host.name)
    suite = ET.Element("testsuite", name=name, hostname=name, timestamp=_clean(report.started))
    _properties(suite, host, report)
    cases = [*_unread(host), *_found(host), *_other(host)]
    cases += [] if cases else [_case(host, "", "nothing to judge", _skipped("there was nothing to judge"))]
    suite.extend(cases)
    suite.set("tests", str(len(cases)))
    for count, tag in {"failures": "failure", "errors": "error", "skipped": "skipped"}.items():
        suite.set(count, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{host.seconds:.3f}")
    if host.notices:
        ET.SubElement(suite, "system-out").text = _clean("\n".join(host.notices))
    return suite


def _properties(suite: ET.Element, host: HostReport, report: Report) -> None:
    """What is known of the host besides."""
    stamp = host.last_apply
    known = {"inventory": report.inventory, "revision": report.revision, **host.facts}
    known |= {"last apply": stamp.changed_at, "last apply's revision": stamp.revision} if stamp else {}
    properties = ET.SubElement(suite, "properties")
    for name, value in known.items():
        if value is not None:
            ET.SubElement(properties, "property", name=_clean(name), value=_clean(value))


def _unread(host: HostReport) -> list[ET.Element]:
    if host.why is None:
        return []
    return [_case(host, "", "the host can be read", _outcome("error", host.why, "unread", host.way_out or ""))]


def _found(host: HostReport) -> list[ET.Element]:
    """A case for each item with findings, however many it has."""
    by_id: dict[str, list[ItemFinding]] = defaultdict(list)
    for finding in host.findings:
        by_id[finding.id].append(finding)
    return [_finding_case(host, findings) for findings in by_id.values()]


def _finding_case(host: HostReport, findings: list[ItemFinding]) -> ET.Element:
    known = [finding for finding in findings if finding.kind != "unknown"]
    first = (known or findings)[0]
    message = f"{first.resource}: expected {first.expected}, found {first.observed}"
    message += f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    text = "\n\n".join(_described(finding) for finding in findings)
    return _case(host, first.role, first.id, _outcome("failure" if known else "error", message, first.kind, text))


def _described(finding: ItemFinding) -> str:
    """All that is known of a finding, in lines."""
    parts = {
        "class": finding.kind,
        "resource": finding.resource,
        "expected": finding.expected,
        "found": finding.observed,
        "since": finding.since,
        "remedy": finding.remedy if finding.mendable else f"by hand: {finding.remedy}",
        "failed": finding.failure,
    }
    return "\n".join([*(f"{name}: {value}" for name, value in parts.items() if value), *filter(None, [finding.diff])])


def _other(host: HostReport) -> Iterable[ET.Element]:
    """What is no finding now: mended, waiting, undone, as declared."""
    mended = {finding.id: finding for finding in host.mended}
    for finding in mended.values():
        yield _mended_case(host, finding)
    for each in host.unjudged:
        yield _case(host, "", each.id, _skipped(each.why))
    for item in [item for item in host.undone if item not in {finding.id for finding in host.findings}]:
        yield _case(host, "", item, _outcome("failure", "not come to: the run was interrupted", "undone"))
    passed = as_declared(host) - len(mended.keys() - {finding.id for finding in host.findings})
    if passed > 0:
        said = ET.Element("system-out")  # the number, so that the case keeps its name from run to run
        said.text = plural(passed, "test" if host.tests else "item")
        yield _case(host, "", "all other tests passed" if host.tests else "all other items are as declared", said)
    for word, count in host.tests.items():
        if count and word not in {PASSED, FAILED, ERRORS}:
            yield _case(
                host, "", f"{plural(count, 'test')} {word}", _skipped(f"{word}: {host.why}" if host.why else word)
            )


def _mended_case(host: HostReport, finding: ItemFinding) -> ET.Element:
    said = ET.Element("system-out")
    said.text = _clean(f"mended:\n{_described(finding)}")
    return _case(host, finding.role, finding.id, said)


def _case(host: HostReport, role: str, name: str, outcome: ET.Element | None = None) -> ET.Element:
    """A test case; without an outcome it passed."""
    classname = f"{host.name}.{role}" if role else host.name
    case = ET.Element("testcase", classname=_clean(classname), name=_clean(name), time="0")
    if outcome is not None:
        case.append(outcome)
    return case


def _outcome(tag: str, message: str, kind: str, text: str = "") -> ET.Element:
    element = ET.Element(tag, message=_clean(message), type=_clean(kind))
    element.text = _clean(text) or None
    return element


def _skipped(message: str) -> ET.Element:
    return ET.Element("skipped", message=_clean(message))


def _clean(value: str) -> str:
    r"""A text that XML can hold: other characters are spelt out, `\x1b`."""
    return _FORBIDDEN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), value)
