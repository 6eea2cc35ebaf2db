"""What is to become of containerd's files, or why nothing is. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from gpufleet.apt.versions import at_least
from gpufleet.containerd.drop_in import HEADER, SINCE, AmbiguousError, Wish, drop_in, new_file
from gpufleet.containerd.imports import ImportsError, imports, with_import, without_import
from gpufleet.containerd.state import CONFIG, DROP_IN, IMPORT, ContainerdState, absolute, imported
from gpufleet.containerd.toml_text import TomlTextError, parse, render
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.answer import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RESOURCE = "containerd"
BY_HAND = "Put it into the file by hand"
OFF = "or declare nvidia_container_toolkit_containerd: false."


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
    if objection := next(_to_anything(state), None):
        return objection
    file = state.file if isinstance(state.file, bytes) else b""
    version = state.version or ""
    try:
        wanted = drop_in(wish, version, file, state.others).encode()
        present = state.drop_in if isinstance(state.drop_in, bytes) else None
        table = parse(file) or parse(new_file(version, "").encode())
        users = _without_ours(file, state.others)
        return Plan(
            present if present is not None and _same(present, wanted) else wanted,
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


def _to_anything(state: ContainerdState) -> Iterator[Objection]:
    other = another_file(state)
    if other:
        way_out = f"Have its unit start it without --config, {OFF}"
        yield Objection(RESOURCE, f"{CONFIG} to be its configuration", f"it is started with {other}", way_out)
    for path, found in ((CONFIG, state.file), (DROP_IN, state.drop_in)):
        if isinstance(found, Unreadable):
            yield Objection(path, "a file", found.why, "Make it a file that root can read.", "unknown")
    if state.version is None:
        yield Objection(RESOURCE, "to be there", "it is not installed", f"Install it, {OFF}")
    elif not at_least(state.version, SINCE):
        expected = "1.7 or newer, the first with CDI"
        way_out = f"Take Docker's own packages (docker_engine_source: docker), {OFF}"
        yield Objection(RESOURCE, expected, state.version, way_out, "version")
    yield from _broken(state)
    if not isinstance(state.dump, bytes):
        why = state.dump.why if state.dump else "it said nothing"
        yield Objection(CONFIG, "what containerd starts with", why, f"Mend what it complains about, {OFF}")


def _broken(state: ContainerdState) -> Iterator[Objection]:
    """In our words and with line and column, before containerd's own."""
    try:
        parse(state.file if isinstance(state.file, bytes) else b"")
    except TomlTextError as error:
        yield Objection(CONFIG, "TOML", str(error), f"Mend it, {OFF}")


def another_file(state: ContainerdState) -> str | None:
    """The flag by which the running containerd reads another file, None where it does not.

    Args:
        state: the host.
    """
    words = state.running.command.split() if state.running else []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        path = following if word in {"-c", "--config"} else word.removeprefix("--config=")
        if (word in {"-c", "--config"} or path != word) and path != CONFIG:
            return f"{word} {following}".strip() if path == following else word
    return None


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
