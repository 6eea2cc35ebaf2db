"""Exit code and summary of a verification."""

import pytest

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
