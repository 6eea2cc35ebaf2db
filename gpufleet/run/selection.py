"""Which hosts are meant: groups, names and patterns, as `--limit` takes them."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


ANSIBLES = (":", "!", "&")
"""What joins, leaves out and intersects in a pattern of Ansible's."""


class NothingMatchedError(ValueError):
    """A limit names neither a host nor a group; the message holds the nearest name."""


def select(hosts: Sequence[str], groups: Mapping[str, Sequence[str]], limits: Iterable[str]) -> list[str]:
    """The hosts that one or more limits mean, each once and in the inventory's order.

    Args:
        hosts: the names of all hosts.
        groups: the hosts of each group.
        limits: group names, host names or shell patterns over host names, also several with commas; none means all
            hosts.

    Returns:
        Host names.

    Raises:
        NothingMatchedError: a limit matches no host.
    """
    patterns = [pattern for limit in limits for pattern in limit.split(",")]
    if not patterns:
        return list(hosts)
    chosen = {name for pattern in patterns for name in _matching(hosts, groups, pattern)}
    return [name for name in hosts if name in chosen]


def _matching(hosts: Sequence[str], groups: Mapping[str, Sequence[str]], pattern: str) -> list[str]:
    if pattern in hosts:
        return [pattern]
    names = list(groups.get(pattern, ())) or [name for name in hosts if fnmatchcase(name, pattern)]
    if not names and pattern in groups:
        raise NothingMatchedError(f"--limit {pattern}: no host is in that group")
    if not names:
        hint = _hint([*hosts, *groups], pattern)
        raise NothingMatchedError(f"--limit {pattern or repr(pattern)}: no such host or group; {hint}")
    return names


def _hint(known: Sequence[str], pattern: str) -> str:
    if any(sign in pattern for sign in ANSIBLES):
        return "Ansible's `:`, `!` and `&` mean nothing here: name hosts, groups or patterns, separated by commas"
    nearest = get_close_matches(pattern, known, n=1)
    return f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(sorted(set(known)))}"
