"""`gpufleet shell`: a terminal in a sandbox."""

from __future__ import annotations

import os
import secrets
import sys
from typing import TYPE_CHECKING, NoReturn

from gpufleet.daily import agent
from gpufleet.daily.choice import host_and_sandbox
from gpufleet.daily.errors import DailyError
from gpufleet.daily.loaded import declared
from gpufleet.daily.place import SCRIPTS, Place, become
from gpufleet.daily.seen import access, connected
from gpufleet.facts.scripts import script
from gpufleet.run.connect import leave

if TYPE_CHECKING:
    import argparse

    from gpufleet.run.connect import Fleet

ROOT = "0"


def shell(fleet: Fleet, options: argparse.Namespace) -> NoReturn:
    """Become a shell in a sandbox, or one command after another from standard input where that is no terminal.

    Args:
        fleet: the hosts of the inventory.
        options: from the command line.

    Raises:
        DailyError: there is no such host or sandbox, or a host is not reached.
    """
    if len(options.words) > 2:  # noqa: PLR2004 - a host and a sandbox
        raise DailyError(f"a host and a sandbox at most, and not {' '.join(options.words)}")
    groups = {name: [host.name for host in members] for name, members in fleet.state.inventory.groups.items()}
    roles = declared()
    name, sandbox = host_and_sandbox(
        options.words, list(fleet.hosts), groups, lambda host: list(roles.sandboxes(fleet.hosts[host].data.dict()))
    )
    place = Place.of(fleet.hosts[name], options.inventory)
    terminal, session = sys.stdin.isatty() and sys.stdout.isatty(), secrets.token_hex(8)
    lent = _lent(place, sandbox, session) if options.agent else None
    arguments = [
        *(sandbox, ROOT if options.root else "", "terminal" if terminal else "", place.command("apply"), session),
        *((lent.on_host, lent.inside) if lent else ("", "")),
        script("inside.sh", SCRIPTS),
    ]
    words = place.words("shell.sh", arguments, terminal=terminal, options=lent.options if lent else ())
    if lent and place.here:
        agent.lend(lent, os.getpid())
    become(words)


def _lent(place: Place, sandbox: str, session: str) -> agent.Lent:
    """The person's SSH agent, as a socket in the sandbox's workspace."""
    socket = agent.own(os.environ)
    connected(place.host)
    who = access(place.host)
    leave(place.host)
    return agent.Lent.to(socket, declared().workspace(place.host.data.dict(), sandbox, who), session, here=place.here)
