"""What happens to a host is found, exactly that and of the right class, mended by an apply, and gone after it.

A quick choice of the changes in `tests.integration.drift` runs in every gate, all of them with `make test-all`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from tests.integration.drift import apt, containerd, containers, daemon, gpu, harmless, host, repository
from tests.integration.drift.bench import Bench
from tests.integration.drift.case import do

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.integration.checked import Checked
    from tests.integration.drift.case import Case
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

CASES = (*apt.CASES, *daemon.CASES, *gpu.CASES, *containers.CASES, *host.CASES, *repository.CASES, *containerd.CASES)

COMMANDS = 3
"""So many at most are sent to a host in sync, whatever is declared for it."""


@pytest.fixture(scope="module")
def bench(lab: Lab, gpu_converged_snapshot: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One host for all changes, as long as each is mended."""
    found = Bench(lab, gpu_converged_snapshot, tmp_path_factory.mktemp("checkouts"))
    yield found
    found.close()


def params(cases: Sequence[Case]) -> list[object]:
    """The cases for pytest, all but the quick ones marked slow."""
    return [pytest.param(case, id=case.name, marks=[] if case.quick else [pytest.mark.slow]) for case in cases]


def in_sync(found: Checked) -> None:
    """Nothing was found, and everything was read."""
    assert (found.status, found.findings) == (0, frozenset()), found.words
    assert max(host["commands"] for host in found.hosts.values()) <= COMMANDS


def shown(cases: Iterable[Case]) -> set[tuple[str, str]]:
    """The roles and classes of findings that these lead to."""
    return {(item.partition(".")[0], kind) for case in cases for item, kind in case.expected}


def said_in_full(found: Checked, case: Case, host: LabHost) -> None:
    """Each finding says what it is about, what mends it, and of an edited text what was edited, and when."""
    (report,) = found.hosts.values()
    for each in report["findings"]:
        empty = [name for name in ("resource", "expected", "observed", "remedy") if not each[name].strip()]
        assert not empty, (empty, found.words)
        if case.diff:
            assert set(case.diff) <= set(each["diff"].splitlines()), each["diff"]
            changed = int(host.ssh(f"stat -c %Z {each['resource']}").stdout)
            assert datetime.fromisoformat(each["since"]).timestamp() == changed, each["since"]


@pytest.mark.parametrize("case", params(harmless.CASES))
def test_what_is_the_users_own_is_no_finding(bench: Bench, case: Case) -> None:
    with bench.host(case) as changed:
        do(case.change, changed)
        in_sync(bench.check(case))
        do(case.undo, changed)


@pytest.mark.parametrize("case", params(CASES))
def test_a_change_is_found_by_its_id_and_class_and_mended(bench: Bench, case: Case) -> None:
    with bench.host(case) as changed:
        do(case.change, changed)
        found = bench.check(case)
        assert found.findings == case.expected, found.words
        assert found.status == 2, found.words
        said_in_full(found, case, changed)
        do(case.person, changed)
        mended = bench.apply(case)
        assert mended.status == 0, mended.words
        in_sync(bench.check(case))
        do(case.undo, changed)


def test_the_matrix_is_as_large_as_it_claims_to_be() -> None:
    assert len({case.name for case in (*CASES, *harmless.CASES)}) == len(CASES) + len(harmless.CASES)
    assert len(CASES) >= 45
    assert len(harmless.CASES) >= 6


def test_one_case_of_each_role_and_class_runs_in_every_gate() -> None:
    assert shown(case for case in CASES if case.quick) == shown(CASES)
