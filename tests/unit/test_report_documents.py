"""The reports for programs: JSON held to its schema, and JUnit XML."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import fastjsonschema
import pytest

from gpufleet.report import json_document, junit
from gpufleet.report.model import HostReport, Report, Unjudged
from tests.unit.report_cases import (
    CONFIG,
    EVERY_CLASS,
    PENDING,
    RUNTIME,
    STAMP,
    UNKNOWN,
    clean,
    document,
    drifted,
    fleet,
    run,
    samples,
    unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "https://user:s3cr@t@mirror/x"  # noqa: S105 - made up
CREDENTIALS = replace(CONFIG, observed=SECRET, diff=f"+{SECRET}", failure=SECRET)


def suites(report: Report) -> ET.Element:
    """The XML, with its counts held to what is in it."""
    root = ET.fromstring(junit.text(report).encode())  # noqa: S314 - made here
    for each in [root, *root]:
        cases = list(each.iter("testcase"))
        outcomes = {"failures": "failure", "errors": "error", "skipped": "skipped"}
        counted = {count: str(sum(case.find(tag) is not None for case in cases)) for count, tag in outcomes.items()}
        assert {count: each.get(count) for count in outcomes} == counted
        assert each.get("tests") == str(len(cases))
    return root


@pytest.mark.parametrize("number", range(len(samples())))
def test_every_report_fits_the_schema(number: int) -> None:
    report = samples()[number]
    made = document(report)
    assert made["exit_code"] == report.exit_code
    assert made["complete"] is report.complete
    assert [host["name"] for host in made["hosts"]] == [host.name for host in report.hosts]
    assert [host["status"] for host in made["hosts"]] == [host.status for host in report.hosts]


@pytest.mark.parametrize("number", range(len(samples())))
def test_every_report_is_valid_xml_with_a_suite_per_host(number: int) -> None:
    report = samples()[number]
    assert len(suites(report)) == len(report.hosts)


@pytest.mark.parametrize("spoilt", [{"more": 1}, {"verb": "look"}, {"schema_version": "2.0"}, {"started": "today"}])
def test_the_schema_refuses_what_is_not_in_it(spoilt: dict[str, object]) -> None:
    schema = json.loads(json_document.SCHEMA.read_text(encoding="utf-8"))
    good = document(run(clean("a")))
    with pytest.raises(fastjsonschema.JsonSchemaException):
        fastjsonschema.validate(schema, {**good, **spoilt})
    host = {**good["hosts"][0], "more": 1}
    with pytest.raises(fastjsonschema.JsonSchemaException):
        fastjsonschema.validate(schema, {**good, "hosts": [host]})


def test_everything_that_is_known_of_a_finding_is_in_the_document() -> None:
    (host,) = document(run(drifted("a")))["hosts"]
    assert host["findings"] == [
        {
            "id": "docker-engine.write-daemon-json",
            "role": "docker_engine",
            "class": "config",
            "resource": "/etc/docker/daemon.json",
            "expected": '"log-driver": "local"',
            "observed": "nothing",
            "diff": CONFIG.diff,
            "remedy": "apply",
            "mendable": True,
            "since": "2026-11-20T03:12:45+00:00",
            "failure": None,
        }
    ]
    assert host["last_apply"] == {
        "changed_at": STAMP.changed_at,
        "revision": "4f2c91e",
        "version": "0.1.0",
        "in_progress": False,
    }


def test_the_summary_counts_hosts_items_and_findings() -> None:
    waiting = (Unjudged(id="sandbox.run-box", why="docker.service"),)
    hosts = [clean("a"), replace(drifted("b", *EVERY_CLASS), unjudged=waiting), drifted("c", PENDING), unreachable("d")]
    assert document(run(*hosts))["summary"] == {
        "hosts": 4,
        "in_sync": 1,
        "drifted": 1,
        "unknown": 2,
        "items": 93,
        "as_declared": 86,
        "findings": 6,
        "classes": {"config": 1, "pending": 2, "runtime": 1, "unknown": 1, "unmanaged": 1, "version": 1},
        "mended": 0,
        "failed": 0,
        "unjudged": 1,
        "undone": 0,
        "tests": {},
    }


def test_hosts_that_differ_in_a_fact_are_named() -> None:
    assert document(run(clean("a"), clean("b"), clean("c", "535.1")))["outliers"] == [
        {"fact": "driver", "usual": "580.159.04", "value": "535.1", "hosts": ["c"]}
    ]


def test_a_document_is_plain_ascii_so_that_no_terminal_acts_on_it() -> None:
    for report in samples():
        text = json_document.text(report)
        assert text.isascii()
        assert all(character.isprintable() or character == "\n" for character in text)


def test_drift_is_a_failure_and_what_could_not_be_read_is_an_error() -> None:
    host = replace(drifted("gpu-1.example.com", CONFIG, UNKNOWN), unjudged=(Unjudged(id="x.y", why="docker.service"),))
    root = suites(run(host, unreachable("b")))
    cases = {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}
    failure = cases["gpu-1.example.com.docker_engine", "docker-engine.write-daemon-json"].find("failure")
    assert failure is not None
    assert failure.get("type") == "config"
    assert failure.get("message") == '/etc/docker/daemon.json: expected "log-driver": "local", found nothing'
    assert "since: 2026-11-20T03:12:45+00:00" in (failure.text or "")
    assert "+other 19" in (failure.text or "")
    assert cases["gpu-1.example.com.docker_engine", "cuda-image.build"].find("error") is not None
    assert cases["gpu-1.example.com", "x.y"].find("skipped") is not None
    rest = cases["gpu-1.example.com", "all other items are as declared"]
    assert [(each.tag, each.text) for each in rest] == [("system-out", "28 items")]
    error = cases["b", "the host can be read"].find("error")
    assert error is not None
    assert (error.get("message"), error.text) == ("no route to 10.0.0.5", "ssh-keygen -R b")


def test_several_findings_of_one_item_are_one_failed_case() -> None:
    root = suites(run(drifted("a", CONFIG, replace(CONFIG, resource="another"), RUNTIME)))
    messages = [failure.get("message") for failure in root.iter("failure")]
    assert messages == [
        '/etc/docker/daemon.json: expected "log-driver": "local", found nothing (and 1 more)',
        "dockerd: expected the file, found an older one",
    ]
    assert [case.get("name") for case in root.iter("testcase")][-1] == "all other items are as declared"


def test_what_apply_mended_is_a_passed_case_that_tells_what_it_was() -> None:
    root = suites(run(replace(clean("a"), mended=(CONFIG,)), verb="apply"))
    mended, rest = root.iter("testcase")
    assert [child.tag for child in mended] == ["system-out"]
    assert (rest.get("name"), rest.findtext("system-out")) == ("all other items are as declared", "30 items")


def test_what_an_interrupted_apply_left_undone_is_a_failure_once() -> None:
    host = replace(drifted("a"), undone=(CONFIG.id, "x.y"))
    root = suites(run(host, verb="apply", signal=2))
    failed = [(case.get("name"), each.get("type")) for case in root.iter("testcase") for each in case.iter("failure")]
    assert failed == [(CONFIG.id, "config"), ("x.y", "undone")]


def test_a_host_of_which_nothing_was_judged_has_no_passed_case() -> None:
    (case,) = suites(run(HostReport(name="a"))).iter("testcase")
    assert case.find("skipped") is not None


@pytest.mark.parametrize("text", [json_document.text, junit.text])
def test_no_credentials_in_any_form(text: Callable[[Report], str]) -> None:
    host = replace(clean("a"), why=SECRET, way_out=SECRET, notices=(SECRET,), facts={"mirror": SECRET})
    host = replace(host, findings=(CREDENTIALS,), mended=(CREDENTIALS,), unjudged=(Unjudged(id="x.y", why=SECRET),))
    made = text(run(host, inventory=SECRET))
    assert "s3cr" not in made
    assert "@t@" not in made
    assert made.count("https://***@mirror/x") >= 9


@pytest.mark.parametrize("count", [1, 8, 200, 500])
def test_any_number_of_hosts_is_in_every_form(count: int) -> None:
    report = fleet(count)
    assert len(document(report)["hosts"]) == len(suites(report)) == count
