"""What is to become of containerd's files, or why nothing is. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from gpufleet.containerd.clashes import OFF, clash
from gpufleet.containerd.drop_in import HEADER, Wish, drop_in, new_file
from gpufleet.containerd.imports import ImportsError, imports, with_import, without_import
from gpufleet.containerd.sections import AmbiguousError, users_section
from gpufleet.containerd.state import CONFIG, DROP_IN, IMPORT, ContainerdState, absolute, imported
from gpufleet.containerd.toml_text import TomlTextError, parse, render
from gpufleet.containerd.unusable import objections
from gpufleet.dockerd.objections import Objection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gpufleet.facts.answer import Unreadable

BY_HAND = "Put it into the file by hand"


class Plan(NamedTuple):
    """What the files are to hold, and what is tried before they do.

    Attributes:
        drop_in: our file beside config.toml.
        file: config.toml.
        users: a config.toml that reads all that the present one reads, less our file: an older one may hide what the
            user has changed since.
        trial: the same, and our file from where it is tried.
    """

    drop_in: bytes
    file: bytes
    users: bytes
    trial: bytes


def planned(state: ContainerdState, wish: Wish, tried: str) -> Plan | Objection:
    """What is declared, for the files that a host has.

    Args:
        state: the host.
        wish: what is declared.
        tried: path at which our file is tried.
    """
    if objection := next(objections(state), None):
        return objection
    file = state.file if isinstance(state.file, bytes) else b""
    version = state.version or ""
    try:
        wanted = drop_in(wish, version, file, state.others).encode()
        present = state.drop_in if isinstance(state.drop_in, bytes) else b""
        if objection := clash(wish, users_section(version, file, state.others), present, wanted):
            return objection
        table = parse(file) or parse(new_file(version, "").encode())
        users = _without_ours(file, state.others)
        return Plan(
            present if present and _same(present, wanted) else wanted,
            _with_import(state.file, version),
            render({**table, "imports": users}).encode(),
            render({**table, "imports": [*users, tried]}).encode(),
        )
    except TomlTextError as error:
        return Objection(CONFIG, "TOML", str(error), f"Mend it, {OFF}")
    except ImportsError as error:
        return Objection(CONFIG, f"{IMPORT} in its imports", str(error), f"{BY_HAND}, {OFF}")
    except AmbiguousError as error:
        observed = f"{error} both set CRI up, and containerd {version} merges no sections of files"
        return Objection(CONFIG, "CRI set up in one file", observed, f"Put these sections into one file, {OFF}")


def rid(raw: bytes) -> bytes | None:
    """A config.toml without our import; None where nothing is left of it but what we made.

    Args:
        raw: its bytes.

    Raises:
        TomlTextError: it is no TOML.
        ImportsError: its list is written in a way that is not changed here.
    """
    left = without_import(raw, IMPORT)
    ours = left.startswith(HEADER.encode()) and parse(left).keys() <= {"version"}
    return None if ours else left


def _without_ours(file: bytes, others: Iterable[str]) -> list[str]:
    """What a config.toml imports, with the files themselves in place of a pattern that covers ours."""
    return [
        path
        for pattern in map(absolute, imports(file))
        for path in (
            sorted(each for each in others if fnmatchcase(each, pattern))
            if fnmatchcase(DROP_IN, pattern)
            else [pattern]
        )
    ]


def _with_import(file: bytes | Unreadable | None, version: str) -> bytes:
    if not isinstance(file, bytes):
        return new_file(version, IMPORT).encode()
    return file if imported(file) else with_import(file, IMPORT)


def _same(present: bytes, wanted: bytes) -> bool:
    try:
        return parse(present) == parse(wanted)
    except TomlTextError:
        return False
