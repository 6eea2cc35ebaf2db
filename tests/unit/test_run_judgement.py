"""Of findings that explain each other, each cause is said once."""

from __future__ import annotations

import pytest

from gpufleet.finding import Difference
from gpufleet.run.item import Item
from gpufleet.run.judgement import Judgement, _silent, derived
from gpufleet.run.seen import Execution, Seen, host_report


def found(resource: str, waits_for: str | None = None) -> Difference:
    return Difference(kind="runtime", resource=resource, expected="x", observed="y", waits_for=waits_for)


@pytest.mark.parametrize(
    ("differences", "silent"),
    [
        ([found("docker-ce"), found("docker.service", "docker-ce"), found("image", "docker.service")], [1, 2]),
        ([found("image", "docker.service"), found("docker.service", "docker-ce"), found("docker-ce")], [0, 1]),
        ([found("dockerd", "daemon.json"), found("dockerd", "dockerd")], [1]),
        ([found("dockerd", "daemon.json"), found("daemon.json"), found("dockerd", "dockerd")], [0, 2]),
        ([found("dockerd", "dockerd")], []),
        ([found("image", "docker.service")], []),
    ],
    ids=[
        "what waits over others is silent",
        "whatever the order",
        "of two that wait for nothing that is said the first speaks",
        "and is silent where it is explained itself",
        "one alone speaks",
        "also of another resource",
    ],
)
def test_each_cause_is_said_once(differences: list[Difference], silent: list[int]) -> None:
    assert _silent(differences) == {id(differences[index]) for index in silent}


def test_what_pyinfras_own_operation_would_do_is_told_without_secrets() -> None:
    item = Item("", "a", "a", "A", "", imperative=False, commands=lambda: iter(()), data=None)
    assert derived(item, "echo 'PASSWORD=hunter2' >> x").observed == "it would run echo 'PASSWORD=***' >> x"


@pytest.mark.parametrize("verb", ["apply", "remove"])
def test_what_failed_without_a_finding_of_its_own_is_mended_by_the_command_that_ran(verb: str) -> None:
    item = Item("", "a", "a", "A", "", imperative=False, commands=lambda: iter(()), data=None)
    seen = Seen([Judgement(item)], Execution(failed={"a": "no space left"}), remedy=verb, ended=True)
    (finding,) = host_report("host", seen).findings
    assert (finding.remedy, finding.failure) == (verb, "no space left")
