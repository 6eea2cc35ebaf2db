"""The units for continuous checks, on a host with systemd; in place of gpufleet a program with a given exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

UNITS = ("gpufleet-check.service", "gpufleet-check.timer")
PROGRAM = "/opt/gpufleet/.venv/bin/gpufleet"
STAND_IN = """#!/bin/sh
trap 'exit 143' TERM
[ "$*" = "check --json /var/lib/gpufleet-check/last.json" ] || exit 64
id -un >/var/lib/gpufleet-check/last.json
[ -e /run/slow ] && { sleep 60 & wait; }
exit "$(cat /run/code)"
"""


@pytest.fixture(scope="module")
def controller(lab: Lab) -> Iterator[LabHost]:
    """A host with the units, installed as their comments say."""
    host = lab.host()
    host.ssh("useradd --system --create-home gpufleet && mkdir -p /opt/gpufleet/.venv/bin")
    host.ssh(f"cat >{PROGRAM} && chmod 755 {PROGRAM}", stdin=STAND_IN)
    for unit in UNITS:
        text = (CHECKOUT / "files" / "systemd" / unit).read_text(encoding="utf-8")
        host.ssh(f"cat >/etc/systemd/system/{unit}", stdin=text)
    host.ssh("systemctl daemon-reload")
    yield host
    host.destroy()


def ended(host: LabHost) -> str:
    asked = host.ssh("systemctl show -P Result -P ActiveState gpufleet-check.service")
    return " ".join(asked.stdout.split())


def test_systemd_finds_nothing_wrong_with_the_units(controller: LabHost) -> None:
    done = controller.ssh(f"systemd-analyze verify {' '.join(f'/etc/systemd/system/{unit}' for unit in UNITS)} 2>&1")
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("code", "state"),
    [(0, "success inactive"), (2, "exit-code failed"), (4, "exit-code failed"), (6, "exit-code failed")],
)
def test_the_unit_fails_when_something_was_found(controller: LabHost, code: int, state: str) -> None:
    controller.ssh(f"echo {code} >/run/code; systemctl start gpufleet-check.service", check=False)
    assert ended(controller) == state
    assert controller.ssh("cat /var/lib/gpufleet-check/last.json").stdout == "gpufleet\n"


def test_a_check_that_is_stopped_is_no_failure(controller: LabHost) -> None:
    controller.ssh("systemctl reset-failed; rm -f /var/lib/gpufleet-check/last.json; touch /run/slow")
    controller.ssh("systemctl start --no-block gpufleet-check.service")
    controller.ssh("timeout 120 sh -c 'until [ -e /var/lib/gpufleet-check/last.json ]; do sleep 0.1; done'")
    controller.ssh("systemctl stop gpufleet-check.service; rm /run/slow")
    assert ended(controller) == "success inactive"


def test_the_timer_runs_every_hour_and_makes_up_for_what_was_missed(controller: LabHost) -> None:
    controller.ssh("systemctl enable --now gpufleet-check.timer")
    listed = controller.ssh("systemctl list-timers gpufleet-check.timer").stdout
    shown = controller.ssh("systemctl show -P Persistent -P RandomizedDelayUSec gpufleet-check.timer").stdout
    assert "gpufleet-check.service" in listed
    assert sorted(shown.split()) == ["10min", "yes"]
