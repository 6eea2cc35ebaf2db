"""Which host and which sandbox a person means. Pure."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from gpufleet.daily.errors import DailyError
from gpufleet.inventory.connection import LOCAL
from gpufleet.run.selection import NothingMatchedError, select

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def host(word: str | None, hosts: Sequence[str], groups: Mapping[str, Sequence[str]]) -> str:
    """The one host that is meant.

    Args:
        word: what was given: a name, or a group or pattern that means one host; None for nothing.
        hosts: names of all hosts.
        groups: the hosts of each group.

    Returns:
        Its name. Where nothing was given: the only host, or else this machine.

    Raises:
        DailyError: there is no such host, or it could be several.
    """
    if word is None:
        if len(hosts) > 1 and LOCAL not in hosts:
            raise DailyError(f"which host? There are {', '.join(hosts)}")
        return hosts[0] if len(hosts) == 1 else LOCAL
    try:
        meant = select(hosts, groups, [word])
    except NothingMatchedError as error:
        raise DailyError(str(error).removeprefix("--limit ")) from None
    if len(meant) > 1:
        raise DailyError(f"{word} is several hosts, and this is for one: {', '.join(meant)}")
    return meant[0]


def sandbox(word: str | None, declared: Sequence[str], host: str) -> str:
    """The one sandbox that is meant.

    Args:
        word: its name; None for nothing.
        declared: names of those that are declared for the host.
        host: the host's name, for messages.

    Raises:
        DailyError: there is no such sandbox, none, or it could be several.
    """
    if not declared:
        raise DailyError(f"{host}: no sandbox is declared for it (sandbox_containers)")
    if word is None:
        if len(declared) > 1:
            raise DailyError(f"{host}: which sandbox? There are {', '.join(declared)}")
        return declared[0]
    if word not in declared:
        nearest = get_close_matches(word, declared, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(declared)}"
        raise DailyError(f"{host}: no sandbox {word} is declared; {hint}")
    return word


def like(word: str | None, image: str | None, declared: Mapping[str, str | None], host: str) -> str | None:
    """The sandbox that a job is to be like.

    Args:
        word: its name; None for nothing.
        image: that was named for the job, as it is written in declarations; None for nothing.
        declared: the sandboxes that are declared for the host, each with the image that is declared for it.
        host: the host's name, for messages.

    Returns:
        Where nothing was given: the only one, or else the only one that is made from the image; None where none is
        declared.

    Raises:
        DailyError: there is no such sandbox, or it could be several.
    """
    if word is not None or len(declared) == 1:
        return sandbox(word, list(declared), host)
    made_from_it = [name for name, its in declared.items() if image is not None and its == image]
    if len(made_from_it) == 1 or not declared:
        return next(iter(made_from_it), None)
    ways = " or ".join(f"`--sandbox {name}`" for name in made_from_it or declared)
    raise DailyError(f"{host}: which sandbox is the job to be like? Add {ways} behind `gpufleet run`")


def host_and_sandbox(
    words: Sequence[str],
    hosts: Sequence[str],
    groups: Mapping[str, Sequence[str]],
    declared: Callable[[str], Sequence[str]],
) -> tuple[str, str]:
    """The host and the sandbox that up to two words mean.

    A single word may be a sandbox, where no host is called so and the host need not be named.

    Args:
        words: HOST SANDBOX, HOST, SANDBOX, or nothing.
        hosts: names of all hosts.
        groups: the hosts of each group.
        declared: names of the sandboxes of a host.

    Raises:
        DailyError: as `host` and `sandbox` say.
    """
    first, second = [*words, None, None][:2]
    try:
        chosen = host(first, hosts, groups)
    except DailyError as error:
        if first is None or second is not None or not _need_not_be_named(hosts):
            raise
        chosen = host(None, hosts, groups)
        if first not in declared(chosen):
            raise DailyError(f"{error}; sandboxes of {chosen}: {', '.join(declared(chosen)) or 'none'}") from None
        second = first
    return chosen, sandbox(second, declared(chosen), chosen)


def _need_not_be_named(hosts: Sequence[str]) -> bool:
    return len(hosts) == 1 or LOCAL in hosts
