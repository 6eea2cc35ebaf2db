"""Group memberships that apply has given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.facts.users import UserGroups
from gpufleet.notice import notice
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.removal import Unless, going, stays
from gpufleet.operations.users import members, refuse_unread, unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.made import Made


@operation()
def memberships_given_back(group: str, declared: Sequence[str], unless: Unless) -> Commands:
    """Have those out of a group again whom apply has put into it.

    Args:
        group: its name.
        declared: users who are declared to be in it; of those who were in it before it is said that they stay.
        unless: why it is left as it is.
    """
    if (yield from stays(unless)):
        return
    made: Made = host.get_fact(Remembered)
    ours = [user for user, name in made.members if name == group]
    with together():
        groups = {user: host.get_fact(UserGroups, user=user) for user in dict.fromkeys([*ours, *declared])}
    if unread := unreadable(groups):
        yield from refuse_unread(*unread, group)
        return
    inside = members(groups, group)
    if others := [user for user in inside if user not in ours]:
        notice(f"Users who stay in group {group}, as they were not put there by gpufleet: {', '.join(others)}.")
    go = [user for user in inside if user in ours]
    if not go:
        host.noop(f"nobody is in group {group} by gpufleet's doing")
        return
    yield from begin(*(going(f"user {user}", f"a member of group {group}", "not a member") for user in go))
    for user in go:
        yield StringCommand("gpasswd --delete", QuoteString(user), QuoteString(group))
