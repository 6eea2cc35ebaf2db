"""Exit code and summary of a verification."""

import pytest

from gpufleet.verify import named
from gpufleet.verify.outcome import Outcome, Result
from gpufleet.verify.reporting import COLOURS

TEST = "tests/verify/test_docker_engine_daemon.py::test_the_service_runs"


def summary(made: Outcome) -> list[tuple[str, str]]:
    """The lines with their colours, as pytest calls them."""
    return [(line.text, COLOURS[line.colour]) for line in made.summary() if line.colour]


def outcome(**results: str) -> Outcome:
    """Hosts with their results by first letter, `u` for unreachable, `m` for simulated."""
    made = Outcome()
    names: dict[str, Result] = {"p": "passed", "f": "failed", "e": "error", "s": "skipped", "m": "simulated"}
    for name, letters in results.items():
        made.host(name)
        for letter in letters:
            if letter == "u":
                made.add_unreachable(name, "no route to host", 5)
            else:
                made.add(name, names[letter], f"{TEST}[{name}]", "AssertionError: it is not there\nassert False")
    return made


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ({"a": "pp", "b": "ps"}, 0),
        ({"a": "pf", "b": "p"}, 2),
        ({"a": "pe"}, 2),
        ({"a": "p", "b": "u"}, 4),
        ({"a": "u"}, 4),
        ({"a": "pf", "b": "u"}, 6),
        ({"a": "pfu"}, 6),
        ({"a": "ss"}, 1),
        ({"a": "mm"}, 1),
        ({"a": "pm"}, 0),
        ({"a": "fm"}, 2),
        ({}, 1),
    ],
)
def test_the_exit_code_tells_failures_from_hosts_that_were_not_reached(results: dict[str, str], code: int) -> None:
    assert outcome(**results).exit_code == code


def test_the_summary_shows_every_host_worst_first() -> None:
    made = outcome(fine="pp", skipping="ss", one="pf", lost="pu", three="fffp", broken="eepp")
    assert summary(made) == [
        ("lost      not reached: no route to host, 1 passed, 5 not run", "red"),
        ("three     3 failed, 1 passed", "red"),
        ("broken    2 errors, 2 passed", "red"),
        ("one       1 failed, 1 passed", "red"),
        ("skipping  2 skipped, nothing verified", "yellow"),
        ("fine      2 passed", "green"),
    ]


def test_what_a_simulator_computed_is_never_counted_as_passed() -> None:
    assert summary(outcome(both="ppsm", alone="m")) == [
        ("alone  1 skipped (simulated, result right), nothing verified", "yellow"),
        ("both   2 passed, 1 skipped, 1 skipped (simulated, result right)", "green"),
    ]


def test_a_note_stands_once_below_its_host() -> None:
    made = outcome(one="p", two="p")
    for _ in range(2):
        made.add_note("one", "The GPU reaches containers by CDI.")
    assert summary(made) == [
        ("one  1 passed", "green"),
        ("     The GPU reaches containers by CDI.", "green"),
        ("two  1 passed", "green"),
    ]


def test_the_first_reason_for_a_lost_host_stays() -> None:
    made = Outcome()
    made.add_unreachable("gpu1", "connection reset", 1)
    made.add_unreachable("gpu1", "something that follows from it", 1)
    assert summary(made) == [("gpu1  not reached: connection reset, 2 not run", "red")]


def test_a_failed_test_is_a_finding_of_its_role() -> None:
    made = Outcome(roles=["docker_engine", "sandbox"])
    made.add("gpu1", "passed", f"{TEST}[gpu1]")
    made.add("gpu1", "failed", f"{TEST}[gpu1]", "AssertionError: it is not there\nassert False")
    made.add("gpu1", "error", "tests/verify/test_gpu.py::test_it[gpu1-image]", "Failed: dockerd does not run")
    (host,) = made.report().hosts
    assert [(each.id, each.role, each.kind, each.mendable) for each in host.findings] == [
        ("test_the_service_runs", "docker_engine", "runtime", False),
        ("test_it[image]", "gpu", "runtime", False),
    ]
    assert [(each.expected, each.observed) for each in host.findings] == [
        ("the service runs", "it is not there"),
        ("it [image]", "could not be judged: dockerd does not run"),
    ]
    assert host.findings[0].resource == "tests/verify/test_docker_engine_daemon.py"
    assert (host.items, dict(host.tests)) == (3, {"failed": 1, "errors": 1, "passed": 1})


def test_hosts_that_an_interrupted_run_had_not_come_to_are_in_its_report() -> None:
    made = outcome(first="pp", second="p")
    made.selected = ["zero", "first", "second"]
    made.hosts["second"].due = 3
    report = made.report(interrupted=15)
    assert [(host.name, host.why) for host in report.hosts] == [
        ("zero", "the run stopped before its end"),
        ("first", None),
        ("second", "the run stopped before its end"),
    ]
    assert report.exit_code == 143
    assert report.hosts[2].tests == {"passed": 1, "not run": 3}


def test_a_host_that_nothing_was_asked_of_is_left_out_of_a_run_that_came_to_its_end() -> None:
    made = outcome(first="pp")
    made.selected = ["first", "second"]
    assert [host.name for host in made.report().hosts] == ["first"]


@pytest.mark.parametrize(
    ("node", "host", "name"),
    [
        ("tests/test_a.py::test_it[gpu1]", "gpu1", "test_it"),
        ("tests/test_a.py::test_it[gpu1-image]", "gpu1", "test_it[image]"),
        ("tests/test_a.py::test_it[image-gpu1]", "gpu1", "test_it[image]"),
        ("tests/test_a.py::test_it[a-b.c-x-y]", "a-b.c", "test_it[x-y]"),
        ("tests/test_a.py::TestIt::test_it[gpu1]", "gpu1", "TestIt::test_it"),
        ("tests/test_a.py::test_it", "gpu1", "test_it"),
        ("tests/test_a.py::test_it[image]", "gpu1", "test_it[image]"),
    ],
)
def test_a_test_has_one_name_for_all_hosts(node: str, host: str, name: str) -> None:
    assert named.test_id(node, host) == name


@pytest.mark.parametrize(
    ("file", "role"),
    [
        ("tests/verify/test_cuda_image.py", "cuda_image"),
        ("tests/verify/test_docker_engine_daemon.py", "docker_engine"),
        ("tests/verify/test_docker.py", "docker"),
        ("tests/verify/test_gpu.py", "gpu"),
    ],
)
def test_a_test_belongs_to_the_role_that_its_file_is_named_after(file: str, role: str) -> None:
    assert named.role(f"{file}::test_it", ["docker", "docker_engine", "cuda_image"]) == role


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        ("AssertionError: it is gone\nassert False", "it is gone"),
        ("assert 1 == 2\n +  where", "assert 1 == 2"),
        ("Failed: dockerd does not run", "dockerd does not run"),
        ("\n  KeyError: 'x'", "KeyError: 'x'"),
        ("", "no message"),
        ("x" * 400, "x" * 300 + "..."),
    ],
)
def test_the_first_line_of_what_was_raised_is_the_message(raised: str, message: str) -> None:
    assert named.message(raised) == message
