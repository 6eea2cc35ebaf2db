"""Command lines as NVIDIA's programs read them: `--flag=value`, `--flag value`, `--switch`, `--switch=false`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class UsageError(ValueError):
    """A flag that isn't known, or that lacks its value."""


class Flags(NamedTuple):
    """What a command line said: values by flag (several where it came several times), and the words around them."""

    values: dict[str, list[str]]
    words: list[str]

    def value(self, *names: str, default: str = "") -> str:
        """The last value of a flag, whichever of its names was used."""
        given = [value for name in names for value in self.values.get(name, ())]
        return given[-1] if given else default

    def on(self, *names: str) -> bool:
        """Whether a switch is on."""
        return self.value(*names, default="false") == "true"


def read(arguments: Sequence[str], valued: Collection[str], switches: Collection[str]) -> Flags:
    """Take a command line apart.

    Args:
        arguments: the words after the program's name.
        valued: flags that take a value, without dashes.
        switches: flags that don't.

    Raises:
        UsageError: a flag is neither.
    """
    found = Flags({}, [])
    left = list(arguments)
    while left:
        word = left.pop(0)
        if not word.startswith("-"):
            found.words.append(word)
            continue
        name, has_value, value = word.lstrip("-").partition("=")
        if name in switches:
            value = value if has_value else "true"
        elif name not in valued:
            raise UsageError(f"flag provided but not defined: -{name}")
        elif not has_value:
            if not left:
                raise UsageError(f"flag needs an argument: --{name}")
            value = left.pop(0)
        found.values.setdefault(name, []).append(value)
    return found
