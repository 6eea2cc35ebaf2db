"""What users say of a runtime for GPUs themselves, and what they would lose by ours. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.containerd.drop_in import HEADER
from gpufleet.containerd.effect import RUNTIME, telling
from gpufleet.containerd.sections import section
from gpufleet.containerd.state import CONFIG, DROP_IN
from gpufleet.containerd.toml_text import TomlTextError, at, parse
from gpufleet.dockerd.objections import Objection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.containerd.drop_in import Wish
    from gpufleet.containerd.toml_text import Table

OFF = "or declare nvidia_container_toolkit_containerd: false."
THERE = "there or in a file that it imports"
NO_DEFAULT = ("", "runc", RUNTIME)
"""Default runtimes that are no wish of anybody's beside ours: containerd's own, which every printed default names."""


def clash(wish: Wish, users: Table, present: bytes, wanted: bytes) -> Objection | None:
    """Why a user's own settings keep ours from coming; None where nothing of theirs is lost.

    Args:
        wish: what is declared.
        users: what their files say of CRI, without the one at the place of ours.
        present: the file at the place of ours; empty where there is none.
        wanted: what it is to hold.

    """
    default = at(users, "containerd", "default_runtime_name")
    if wish.default and default is not None and default not in NO_DEFAULT:
        way_out = "Take that out, or declare nvidia_container_toolkit_default_runtime: false."
        observed = f"default_runtime_name is {default}, {THERE}"
        return Objection(CONFIG, "nvidia as default runtime", observed, way_out)
    program, ours = (at(each, "options", "BinaryName") for each in (_runtime(users), wish.runtime))
    if program not in (None, ours):
        way_out = f"Give that runtime another name, {OFF}"
        observed = f"one of its own, with {program}, {THERE}"
        return Objection(CONFIG, f"a runtime nvidia with {ours}", observed, way_out)
    return None if present.startswith(HEADER.encode()) else _replaced(present, wanted)


def _replaced(present: bytes, wanted: bytes) -> Objection | None:
    """Why a file of somebody else's is not to be replaced by ours; nvidia-ctk's own says nothing that ours does not."""
    way_out = f"Move the rest into a file of your own beside it, {OFF}"
    try:
        lost = sorted(_lost(present, wanted))
    except TomlTextError as error:
        return Objection(DROP_IN, "TOML", str(error), f"Mend it or take it away, {OFF}")
    if not lost:
        return None
    return Objection(DROP_IN, "nothing but the runtime nvidia", f"it also says {', '.join(lost[:3])}", way_out)


def _runtime(users: Table) -> object:
    return at(users, "containerd", "runtimes", RUNTIME)


def _lost(present: bytes, wanted: bytes) -> Iterator[str]:
    """What a file of somebody else's says, and ours in its place would not."""
    yield from _unsaid(telling(section(present)), telling(section(wanted)))
    yield from parse(present).keys() - {"version", "imports", "plugins"}


def _unsaid(one: Table, other: object) -> Iterator[str]:
    for key, value in one.items():
        said = at(other, key)
        if isinstance(value, dict):
            yield from (f"{key}.{path}" for path in _unsaid(value, said))
        elif value != said:
            yield key
