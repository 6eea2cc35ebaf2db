"""Group membership.

pyinfra's `server.user` would make an account for a misspelt name.
"""

from __future__ import annotations

from pyinfra import host
from pyinfra.api import QuoteString, operation

from gpufleet.facts.users import UserGroups
from gpufleet.finding import Difference
from gpufleet.operations.before import noted
from gpufleet.operations.change import Commands, begin, refuse


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


@operation()
def group_member(user: str, group: str) -> Commands:
    """Have an existing user in an existing group; their other groups stay.

    Args:
        user: login name.
        group: group name.
    """
    groups = host.get_fact(UserGroups, user=user)
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
