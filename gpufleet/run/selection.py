"""Which hosts are meant: groups, names and patterns, as `--limit` takes them."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class NothingMatchedError(ValueError):
    """A limit names neither a host nor a group; the message holds the nearest name."""


def select(hosts: Sequence[str], groups: Mapping[str, Sequence[str]], limits: Iterable[str]) -> list[str]:
    """The hosts that one or more limits mean, each once and in the inventory's order.

    Args:
        hosts: the names of all hosts.
        groups: the hosts of each group.
        limits: group names, host names or shell patterns over host names; none means all hosts.

    Returns:
        Host names.

    Raises:
        NothingMatchedError: a limit matches no host.
    """
    patterns = list(limits)
    if not patterns:
        return list(hosts)
    chosen = {name for pattern in patterns for name in _matching(hosts, groups, pattern)}
    return [name for name in hosts if name in chosen]


def _matching(hosts: Sequence[str], groups: Mapping[str, Sequence[str]], pattern: str) -> list[str]:
    if pattern in hosts:
        return [pattern]
    names = list(groups.get(pattern, ())) or [name for name in hosts if fnmatchcase(name, pattern)]
    if not names:
        known = [*hosts, *groups]
        nearest = get_close_matches(pattern, known, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(sorted(set(known)))}"
        raise NothingMatchedError(f"--limit {pattern}: no such host or group; {hint}")
    return names
