"""One operation of one host, as the deploy declares it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyinfra.api.command import PyinfraCommand


@dataclass(frozen=True)
class Item:
    """One operation of one host.

    Attributes:
        op_hash: pyinfra's key for it.
        id: its stable id.
        role: the role that manages it.
        name: its sentence.
        declared: the hash of what was declared.
        imperative: it runs every time by nature (`server.shell`) and can't drift.
        commands: its generator: findings first, then the commands that mend them.
        data: what pyinfra keeps of it for this host.
    """

    op_hash: str
    id: str
    role: str
    name: str
    declared: str
    imperative: bool
    commands: Callable[[], Iterator[PyinfraCommand]]
    data: Any
