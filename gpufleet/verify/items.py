"""The tests of a verification, by host, and the one error that stands for a host which cannot be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from gpufleet.verify.connection import HostLostError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gpufleet.run.connect import Fleet

FLEET: pytest.StashKey[Fleet] = pytest.StashKey()
"""The hosts of the run, in pytest's configuration."""
HOST = "host"
"""The fixture that stands for a host, and so the parameter's name."""


class UnreachableHost(pytest.Item):
    """Takes the place of all tests of a host that cannot be reached."""

    host: str
    reason: str
    not_run: int

    @classmethod
    def instead_of(cls, tests: Sequence[pytest.Item], *, host: str, reason: str) -> UnreachableHost:
        """Make the item.

        Args:
            tests: what cannot be run.
            host: the host's name.
            reason: why it cannot be reached.

        Returns:
            An item that ends in an error, which no test selection leaves out.
        """
        name = f"connection[{host}]"
        item: UnreachableHost = cls.from_parent(tests[0].session, name=name, nodeid=name)
        item.host, item.reason, item.not_run = host, reason, len(tests)
        return item

    def setup(self) -> NoReturn:
        """End in an error, not in a failure: nothing was found out about the host."""
        raise HostLostError(self.reason)

    def runtest(self) -> NoReturn:
        """Never reached; pytest wants it."""
        raise HostLostError(self.reason)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where pytest says that this stands."""
        return self.path, None, self.name


def host_of(item: pytest.Item) -> str | None:
    """The name of the host that a test runs on; None for a test that takes none."""
    if isinstance(item, UnreachableHost):
        return item.host
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get(HOST)


def per_host(items: Sequence[pytest.Item], hosts: Sequence[str]) -> dict[str | None, list[pytest.Item]]:
    """Tests by host: those without a host first, then by the given order; hosts without tests are left out."""
    groups: dict[str | None, list[pytest.Item]] = {name: [] for name in (None, *hosts)}
    for item in items:
        groups[host_of(item)].append(item)
    return {name: group for name, group in groups.items() if group}
