"""Why a host's containerd is given nothing: it reads another file, is too old, or its files are no good. Pure."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from gpufleet.apt.versions import at_least
from gpufleet.containerd.clashes import OFF
from gpufleet.containerd.drop_in import HEADER, SINCE
from gpufleet.containerd.state import CONFIG, DROP_IN
from gpufleet.containerd.toml_text import TomlTextError, parse
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.answer import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.containerd.state import ContainerdState

RESOURCE = "containerd"


def objections(state: ContainerdState) -> Iterator[Objection]:
    """Why a host's containerd is not to be touched, whatever is declared for it.

    Args:
        state: the host.
    """
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
    if not isinstance(state.dump, bytes) and not _ours_is_broken(state):
        why = state.dump.why if state.dump else "it said nothing"
        yield Objection(CONFIG, "what containerd starts with", why, f"Mend what it complains about, {OFF}")


def _broken(state: ContainerdState) -> Iterator[Objection]:
    """In our words and with line and column, before containerd's own."""
    try:
        parse(state.file if isinstance(state.file, bytes) else b"")
    except TomlTextError as error:
        yield Objection(CONFIG, "TOML", str(error), f"Mend it, {OFF}")


def _ours_is_broken(state: ContainerdState) -> bool:
    """Whether somebody has made something of our file that is no TOML: it is written anew, whatever the rest says."""
    if not isinstance(state.drop_in, bytes) or not state.drop_in.startswith(HEADER.encode()):
        return False
    try:
        parse(state.drop_in)
    except TomlTextError:
        return True
    return False


def another_file(state: ContainerdState) -> str | None:
    """The flag by which the running containerd reads another file, None where it does not.

    Args:
        state: the host.
    """
    words = state.running.command.split() if state.running else []
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        path = following if word in {"-c", "--config"} else word.removeprefix("--config=")
        if (word in {"-c", "--config"} or path != word) and path != CONFIG:
            return f"{word} {following}".strip() if path == following else word
    return None
