"""The role platform: says what a host is, and refuses it before anything changes when what is declared cannot work."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from pyinfra import host, logger, state
from pyinfra.api import QuoteString, StringCommand, deploy, operation

from gpufleet.become import obstacle
from gpufleet.facts.platform import PlatformFacts
from gpufleet.facts.reboot import RebootRequired
from gpufleet.finding import Finding
from gpufleet.notice import collecting, notice
from gpufleet.operations.change import report
from gpufleet.settings import load
from roles.platform.desktop import desktop_differences
from roles.platform.driver import driver_differences, reboot_difference
from roles.platform.notices import notices
from roles.platform.settings import PlatformSettings
from roles.platform.verdict import refusals, unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Unpack

    from gpufleet.become import Root
    from gpufleet.finding import Difference
    from gpufleet.operations.change import Commands
    from gpufleet.platform import Platform
    from gpufleet.settings import RoleSettings


class Judge(Protocol):
    """What a role has to say about a host before anything changes there: its module `verdict`."""

    def refusals(self, platform: Platform, data: Mapping[str, object], /) -> Iterator[Difference]:
        """What keeps the role from doing what is declared in `data`, the host's variables."""

    def notices(self, platform: Platform, data: Mapping[str, object], /) -> Iterator[str]:
        """Sentences for a person; none of them changes what is done."""


@operation()
def fit(refused: Sequence[Callable[[], Difference]]) -> Commands:
    """Refuse this host, and only this host, when there is a reason to.

    Args:
        refused: the reasons (`seen`), judged when the deploy was read: nothing that a run does can take one away.

    Yields:
        A finding per reason, then a command that prints them all and fails.
    """
    if not refused:
        host.noop("what is declared can work here")
        return
    reasons = [each() for each in refused]
    for difference in reasons:
        yield Finding(difference)
    text = "\n".join(f"refused: {difference}. {difference.remedy}" for difference in reasons)
    yield StringCommand("printf", "'%s\\n'", QuoteString(text), ">&2; exit 1")


def seen(differences: Iterable[Difference]) -> list[Callable[[], Difference]]:
    """What was observed, as an argument of an operation that the stamp does not count as declared.

    The stamp holds the hash of an item's arguments without callables. A hash that moved says that the declaration did:
    with what was observed in it, a GPU that has died would read as an edit of the repository.

    Args:
        differences: between the host and what is declared.
    """
    return [partial(replace, each) for each in differences]


@operation()
def driver(found: Callable[[], list[Difference]]) -> Commands:
    """Say that the driver has stopped working; no run mends that.

    Args:
        found: what is the matter with it, judged when the deploy was read.
    """
    if differences := found():
        yield from report(*differences)
    else:
        host.noop("nothing is known to be the matter with the driver")


@operation()
def desktop() -> Commands:
    """Say that Docker Desktop does not serve this WSL distribution: only Windows starts it."""
    if differences := list(desktop_differences(host.get_fact(PlatformFacts))):
        yield from report(*differences)
    else:
        host.noop("Docker Desktop answers")


@operation()
def reboot() -> Commands:
    """Say that a reboot is due; no run does it."""
    found = host.get_fact(RebootRequired)
    if found is None:
        host.noop("no reboot is due")
    else:
        yield from report(reboot_difference(found))


@deploy("Platform")
def _judge(refused: list[Difference], found: Platform | None, settings: PlatformSettings | None) -> None:
    fit(name="Make sure that what is declared can work on this host", refused=seen(refused))
    if found and settings and not refused:
        driver(name="See that the driver works", found=lambda: list(driver_differences(found, settings)))
        reboot(name="See whether a reboot is due")
        if found.desktop:
            desktop(name="See that Docker Desktop serves this distribution")


def platform(
    judges: Sequence[Judge], models: Sequence[type[RoleSettings]] = (PlatformSettings,), **root: Unpack[Root]
) -> Platform | None:
    """Judge the current host.

    Args:
        judges: the other roles' verdicts about it.
        models: the settings that it is judged by. What stands in a file was checked before anything connected; what a
            file of group_data works out when it runs, and contradictions between files, show only here.
        root: pyinfra's global arguments with which its deploys run (`gpufleet.become.escalation`).

    Returns:
        What the host is; None for one that is not fit. No other role has anything to do there: it fails at this
        role's operation.
    """
    data = host.data.dict()
    found, settings, refused = None, None, unusable(data, models)
    if not refused:
        found, settings = host.get_fact(PlatformFacts, **root), load(PlatformSettings, data)
        refused = _refusals(found, data, judges)
    if found and settings and not refused:
        for sentence in chain(notices(found, settings), *(judge.notices(found, data) for judge in judges)):
            notice(sentence)
    if state.should_check_for_changes() and not collecting():  # a plan is shown first, and has no place for a reason
        for difference in refused:
            host.log_styled(f"refused: {difference}. {difference.remedy}", fg="red", log_func=logger.error)
    _judge(refused=refused, found=found, settings=settings, **root)
    return None if refused else found


def _refusals(found: Platform, data: Mapping[str, object], judges: Sequence[Judge]) -> list[Difference]:
    """What this role has against the host; where it has nothing, what the others have, each reason once."""
    own = refusals(found, load(PlatformSettings, data), obstacle())
    return own or list(dict.fromkeys(difference for judge in judges for difference in judge.refusals(found, data)))
