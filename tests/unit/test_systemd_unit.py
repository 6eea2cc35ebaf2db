"""What systemd says of a unit of ours, and what differs."""

from __future__ import annotations

from gpufleet.facts.systemd import SystemdUnit, UnitState
from gpufleet.operations.units import unit_differences

UNIT = "gpufleet-cdi.service"


def read(drop_ins: str = "", *, file: str = "enabled", outdated: str = "no") -> UnitState:
    """A unit as systemctl shows it."""
    return SystemdUnit().process(
        [f"Id={UNIT}", f"UnitFileState={file}", f"NeedDaemonReload={outdated}", f"DropInPaths={drop_ins}"]
    )


def found(state: UnitState, *, written: bool = False) -> list[tuple[str, str, str]]:
    return [(each.kind, each.resource, each.observed) for each in unit_differences(UNIT, state, written=written)]


def test_a_unit_as_declared_differs_in_nothing() -> None:
    assert found(read()) == []


def test_files_that_change_this_unit_are_found_and_those_for_all_services_are_not() -> None:
    own, all_services = f"/etc/systemd/system/{UNIT}.d/own.conf", "/usr/lib/systemd/system/service.d/10-timeout.conf"
    assert found(read(f"{all_services} {own}")) == [("config", own, "one")]


def test_a_masked_and_an_unknown_unit_are_not_started_at_boot() -> None:
    assert found(read(file="masked")) == [("config", UNIT, "masked")]
    assert found(SystemdUnit.default()) == [("config", UNIT, "unknown to systemd")]


def test_a_unit_that_systemd_has_not_read_is_live_state_unless_it_is_written_anyway() -> None:
    assert found(read(outdated="yes")) == [("runtime", UNIT, "it was read before it changed")]
    assert found(read(outdated="yes"), written=True) == []
