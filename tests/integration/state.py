"""What a host is made of, for tests that compare it before and after, or with another one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.lab.host import LabHost

EVERYTHING = Path(__file__).with_name("state_everything.sh")
COMPARABLE = Path(__file__).with_name("state_comparable.sh")
AROUND = Path(__file__).with_name("state_around.sh")


def everything(host: LabHost) -> list[str]:
    """All that nothing may move while a host is only read, line by line."""
    return host.ssh("sh -s", stdin=EVERYTHING.read_text()).stdout.splitlines()


def comparable(host: LabHost) -> list[str]:
    """What two hosts have in common that became the same, line by line."""
    return host.ssh("sh -s", stdin=COMPARABLE.read_text()).stdout.splitlines()


def around(host: LabHost) -> list[str]:
    """What is to be the same again after something was installed and removed, line by line."""
    return host.ssh("sh -s", stdin=AROUND.read_text()).stdout.splitlines()
