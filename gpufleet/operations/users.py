"""Group membership: who is declared is in, and whom apply has put in and nobody declares any more is out again.

pyinfra's `server.user` would make an account for a misspelt name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, operation

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.together import together
from gpufleet.facts.users import UserGroups
from gpufleet.finding import Difference
from gpufleet.made import parse
from gpufleet.operations.before import forgotten, noted
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.state import MADE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gpufleet.facts.users import Groups


def refuse_missing(user: str, group: str, *, again: bool = False) -> Commands:
    """Refuse a host on which a user is declared and is not there.

    Args:
        user: login name.
        group: what they would have been put into.
        again: an earlier operation may have said so.
    """
    way_out = "Make the user first, or correct the name."
    resource = f"user {user}"
    expected, waits_for = f"a member of group {group}", resource if again else None
    yield from refuse(resource, expected=expected, observed="no such user", way_out=way_out, waits_for=waits_for)


def unreadable(groups: Mapping[str, Groups]) -> tuple[str, Unreadable] | None:
    """The first user whom a host could not tell of, and why. Pure.

    Args:
        groups: what `UserGroups` has found of each user.
    """
    return next(((user, found) for user, found in groups.items() if isinstance(found, Unreadable)), None)


def members(groups: Mapping[str, Groups], group: str) -> list[str]:
    """Those of the users who are in a group. Pure.

    Args:
        groups: what `UserGroups` has found of each user.
        group: its name.
    """
    return [user for user, found in groups.items() if isinstance(found, frozenset) and group in found]


def refuse_unread(user: str, found: Unreadable, group: str, *, again: bool = False) -> Commands:
    """Refuse a host that could not tell whether there is such a user: a directory does not answer.

    Args:
        user: login name.
        found: why.
        group: what they are to be a member of, or not.
        again: an earlier operation may have said so.
    """
    resource = f"user {user}"
    yield from refuse(
        resource,
        expected=f"to know whether it is in group {group}",
        observed=f"the users' database does not answer: {found.why}",
        way_out="See to the directory (sssd, LDAP) that /etc/nsswitch.conf names, then apply again.",
        kind="unknown",
        waits_for=resource if again else None,
    )


@operation()
def group_member(user: str, group: str) -> Commands:
    """Have an existing user in an existing group; their other groups stay.

    Args:
        user: login name.
        group: group name.
    """
    groups = host.get_fact(UserGroups, user=user)
    if isinstance(groups, Unreadable):
        yield from refuse_unread(user, groups, group, again=True)
        return
    if groups is None:
        yield from refuse_missing(user, group, again=True)
        return
    if group in groups:
        host.noop(f"{user} is in group {group}")
        return
    yield from begin(
        Difference(
            kind="config",
            resource=f"user {user}",
            expected=f"a member of group {group}",
            observed="not a member",
            remedy=f"apply, then {user} logs in anew (sessions that are open keep their groups)",
        ),
    )
    # usermod knows only /etc/passwd; gpasswd takes users of a directory (LDAP, SSSD) as well.
    yield noted(f"member {user} {group}", "gpasswd --add", QuoteString(user), QuoteString(group))


@operation()
def no_former_members(group: str, declared: Sequence[str]) -> Commands:
    """Have those out of a group whom apply has put into it and whom nobody declares any more.

    Whoever came into it by somebody else's hands stays, and so does everybody on a host that an older gpufleet has
    provisioned: it does not remember whom apply has put in.

    Args:
        group: its name.
        declared: users who are declared to be in it.
    """
    found = host.get_fact(FileContent, path=MADE)
    text = found.content.decode(errors="surrogateescape") if isinstance(found, FileState) else ""
    candidates = former(parse(text).members, group, declared)
    with together():
        groups = {user: host.get_fact(UserGroups, user=user) for user in candidates}
    if unread := unreadable(groups):
        yield from refuse_unread(*unread, group)
        return
    go = members(groups, group)
    if not go:
        host.noop(f"nobody is in group {group} by gpufleet's doing who is not declared")
        return
    yield from begin(*(_still_in(user, group) for user in go))
    for user in go:
        yield forgotten(f"member {user} {group}", "gpasswd --delete", QuoteString(user), QuoteString(group))


def former(members: Sequence[tuple[str, str]], group: str, declared: Collection[str]) -> list[str]:
    """Whom apply has put into a group, and nobody declares any more. Pure.

    Args:
        members: pairs of user and group, as a host remembers them (`gpufleet.made.Made.members`).
        group: its name.
        declared: users who are declared to be in it.
    """
    return [user for user, name in members if name == group and user not in declared]


def _still_in(user: str, group: str) -> Difference:
    return Difference(
        kind="config",
        resource=f"user {user}",
        expected=f"not a member of group {group}, into which apply has put them",
        observed="a member",
        remedy=f"apply, then end {user}'s sessions (those that are open keep their groups)",
    )
