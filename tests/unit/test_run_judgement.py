"""Of findings that explain each other, each cause is said once."""

from __future__ import annotations

import pytest

from gpufleet.finding import Difference
from gpufleet.report.summary import as_declared
from gpufleet.run.item import Item
from gpufleet.run.judgement import Judgement, _silent, derived
from gpufleet.run.seen import NOT_LOOKED_AT, Execution, Seen, host_report
from gpufleet.stamp import Stamp


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


def declared(identity: str) -> Item:
    role = identity.partition(".")[0]
    return Item("", identity, role, identity, "hash", imperative=False, commands=lambda: iter(()), data=None)


LOST = Difference(kind="runtime", resource="GPU 0", expected="x", observed="y", refused=True, since=0.0)
REMEMBERED = Stamp({"platform.fit": "hash", "sandbox.run-box": "1", "docker-engine.packages": "2"}, "0.1.0")


def test_what_a_refused_host_had_declared_waits_for_the_refusal_and_is_not_in_sync() -> None:
    seen = Seen([Judgement(declared("platform.fit"), (LOST,))], stamp=REMEMBERED, ended=True)
    host = host_report("host", seen, notices=["another"])
    assert [(each.id, each.why) for each in host.unjudged] == [
        ("docker-engine.packages", "it waits for GPU 0"),
        ("sandbox.run-box", "it waits for GPU 0"),
    ]
    assert (host.items, as_declared(host), host.notices) == (3, 0, ("another", NOT_LOOKED_AT))
    (finding,) = host.findings
    assert (finding.kind, finding.since) == ("runtime", "1970-01-01T00:00:00+00:00")
    assert [each.id for each in host_report("host", seen, ["sandbox"]).unjudged] == ["sandbox.run-box"]


def test_a_refused_host_without_a_stamp_says_that_nothing_else_was_looked_at() -> None:
    host = host_report("host", Seen([Judgement(declared("platform.fit"), (LOST,))], ended=True))
    assert (host.unjudged, host.items, host.notices) == ((), 1, (NOT_LOOKED_AT,))


def test_a_host_whose_deploy_came_to_its_end_was_looked_at() -> None:
    """Also where an item of the role platform refuses something of its own."""
    items = [Judgement(declared("platform.wsl"), (LOST,)), Judgement(declared("stamp.remember"))]
    host = host_report("host", Seen(items, stamp=REMEMBERED, ended=True))
    assert (host.unjudged, host.items, host.notices) == ((), 2, ())
