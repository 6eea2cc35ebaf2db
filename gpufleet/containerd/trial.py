"""What containerd makes of files that are tried, and of those that it has, against what is declared. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.containerd.effect import cri_off, effect, rest
from gpufleet.containerd.toml_text import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.containerd.drop_in import Wish
    from gpufleet.containerd.toml_text import Table
    from gpufleet.facts.answer import Unreadable


def trial_trouble(users: bytes | Unreadable | None, tried: bytes | Unreadable | None, wish: Wish) -> str | None:
    """Why containerd is not to be given what was tried, None where it has what is declared and all that users say.

    Args:
        users: what `containerd config dump` prints of their files.
        tried: what it prints of what was tried.
        wish: what is declared.
    """
    if not isinstance(tried, bytes):
        return tried.why if tried else "it could not be tried"
    if not isinstance(users, bytes):
        return users.why if users else "it could not be tried"
    if other := sorted(_differing(rest(users), rest(tried))):
        return f"it would change other settings of containerd: {', '.join(other[:3])}"
    return None if cri_off(tried) else lacking(tried, wish)


def _differing(one: object, other: object, path: str = "") -> Iterator[str]:
    if isinstance(one, dict) or isinstance(other, dict):
        for key in {**_table(one), **_table(other)}:
            yield from _differing(_table(one).get(key), _table(other).get(key), f"{path}.{key}".lstrip("."))
    elif one != other:
        yield path


def lacking(dump: bytes, wish: Wish) -> str | None:
    """What containerd makes of its files that is not as declared, in words.

    Args:
        dump: what `containerd config dump` prints.
        wish: what is declared.
    """
    found = effect(dump)
    program = at(found, "runtime", "options", "BinaryName")
    if program != at(wish.runtime, "options", "BinaryName"):
        return f"a runtime nvidia with the program {program or '(none)'}"
    if wish.cdi and not found["cdi"]:
        return "CDI off"
    if wish.default and not found["default"]:
        return "another default runtime"
    return None


def _table(value: object) -> Table:
    return value if isinstance(value, dict) else {}
