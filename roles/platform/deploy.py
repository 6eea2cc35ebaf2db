"""The role platform: says what a host is, and refuses it before anything changes when what is declared cannot work."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Protocol

from pyinfra import host, logger, state
from pyinfra.api import QuoteString, StringCommand, deploy, operation

from gpufleet.become import obstacle
from gpufleet.facts.platform import PlatformFacts
from gpufleet.finding import Finding
from gpufleet.settings import load
from roles.platform.notices import notices
from roles.platform.settings import PlatformSettings
from roles.platform.verdict import refusals, unusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
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
def fit(refused: list[Difference]) -> Commands:
    """Refuse this host, and only this host, when there is a reason to.

    Args:
        refused: the reasons, judged when the deploy was read: nothing that a run does can take one away.

    Yields:
        A finding per reason, then a command that prints them all and fails.
    """
    if not refused:
        host.noop("what is declared can work here")
        return
    for difference in refused:
        yield Finding(difference)
    text = "\n".join(f"refused: {difference}. {difference.remedy}" for difference in refused)
    yield StringCommand("printf", "'%s\\n'", QuoteString(text), ">&2; exit 1")


@deploy("Platform")
def _judge(refused: list[Difference]) -> None:
    fit(name="Make sure that what is declared can work on this host", refused=refused)


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
    found, refused = None, unusable(data, models)
    if not refused:
        found = host.get_fact(PlatformFacts, **root)
        refused = _refusals(found, data, judges)
    if found and not refused:
        _say(chain(notices(found, load(PlatformSettings, data)), *(judge.notices(found, data) for judge in judges)))
    if state.should_check_for_changes():  # a plan is shown first, and a plan has no place for a reason
        for difference in refused:
            host.log_styled(f"refused: {difference}. {difference.remedy}", fg="red", log_func=logger.error)
    _judge(refused=refused, **root)
    return None if refused else found


def _refusals(found: Platform, data: Mapping[str, object], judges: Sequence[Judge]) -> list[Difference]:
    """What this role has against the host; where it has nothing, what the others have."""
    own = refusals(found, load(PlatformSettings, data), obstacle())
    return own or [difference for judge in judges for difference in judge.refusals(found, data)]


def _say(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        host.log_styled(f"notice: {sentence}", fg="yellow")
