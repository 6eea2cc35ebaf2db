"""daemon.json, a daemon that runs with it, and its service.

Writing and loading are operations of their own: a run that is killed in between leaves a daemon that does not run with
its file, which `loaded` sees by itself and mends in the next run. None does anything on a converged host.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pyinfra import host
from pyinfra.api import StringCommand, operation

from gpufleet.dockerd.given_back import users_own
from gpufleet.dockerd.key_memory import render_memory
from gpufleet.dockerd.objections import Objection, running_containers, to_loading
from gpufleet.dockerd.planned import content_of, planned
from gpufleet.dockerd.rules import wants_live_restore
from gpufleet.dockerd.service import gaps, started_by_hand
from gpufleet.dockerd.staleness import stale
from gpufleet.dockerd.state import DAEMON_JSON, KEYS
from gpufleet.dockerd.words import file_differences, service_difference, silent, stale_differences
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.remembered import Remembered
from gpufleet.finding import Difference, Finding
from gpufleet.notice import collecting, notice
from gpufleet.operations import docker_commands
from gpufleet.operations.change import Commands, begin, refuse, report
from gpufleet.operations.files import write_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gpufleet.dockerd.json_tree import Object
    from gpufleet.dockerd.staleness import Stale
    from gpufleet.dockerd.state import DockerState, Running


@operation()
def configuration(owner: str, keys: Mapping[str, Any], *, outranks: bool = False) -> Commands:
    """Have these keys in daemon.json, and none that this owner declared earlier and declares no longer.

    What users wrote stays as they wrote it. dockerd checks the new file, together with the flags of its unit, before
    it takes the old one's place.

    Args:
        owner: who declares, a role's name; each owner's keys are remembered by themselves.
        keys: top-level keys with plain values; objects are merged member by member.
        outranks: take over what other owners put there, as they let go of what this one declares. The one that does is
            also the one that says that the file as a whole is broken or gone.
    """
    docker = host.get_fact(DockerDaemon)
    wanted = planned(docker, owner, keys, outranks=outranks)
    if isinstance(wanted, Objection):
        yield from refuse(**(wanted if outranks else wanted._replace(waits_for=wanted.resource))._asdict())
    elif wanted.file_differs:
        yield from begin(*file_differences(docker, wanted, outranks=outranks))
        yield docker_commands.write(docker, wanted, users_own(wanted, host.get_fact(Remembered)))
    elif wanted.memory_differs:
        observed = "others than those that are declared and were written for that"
        yield from begin(Difference(kind="config", resource=KEYS, expected="the keys of each role", observed=observed))
        yield write_file(KEYS, render_memory(wanted.remembered).encode())
    else:
        own = ", ".join(wanted.foreign)
        if own and collecting():
            notice(f"{DAEMON_JSON}: {own}: the host's own, kept as it is")
        host.noop(f"{DAEMON_JSON} holds what is declared" + (f"; the user's own in it: {own}" if own else ""))


@operation()
def loaded(*, again: bool = False) -> Commands:
    """Have a running dockerd run with what daemon.json holds, and with the other things that it reads at its start.

    A reload where the changed keys allow it, else a restart; running containers outlive it when live-restore is
    declared, even if the daemon was not set for that yet. If dockerd does not take the file up, the previous one is
    put back and dockerd serves with that.

    Args:
        again: it stands in the deploy for a second time, and is to find only what the first one did not.
    """
    docker = host.get_fact(DockerDaemon)
    if docker.running is None:
        host.noop("dockerd does not run: it reads its file when it starts")
        return
    content = content_of(docker)
    if isinstance(content, Objection):
        yield from refuse(**content._replace(waits_for=content.resource)._asdict())
        return
    if isinstance(docker.running.info, Unreadable):
        yield from refuse(**silent(docker.running, docker.running.info, again=again)._asdict())
        return
    found = stale(docker, content)
    if not found:
        host.noop(f"dockerd runs with {DAEMON_JSON} and with what else it reads at its start")
        return
    if again:
        found = [replace(each, waits_for="dockerd") for each in found]
    if objection := to_loading(docker, docker.running, content):
        waits_for = found[0].waits_for if len(found) == 1 else None
        yield from refuse(**objection._replace(waits_for=waits_for)._asdict())
    else:
        yield from begin(*stale_differences(found, docker.running, content))
        yield docker_commands.load(docker, content, _how(found, docker.running, content))


@operation()
def service(package: str | None = None) -> Commands:
    """Have Docker's service start at boot and run: by systemd where that is the init, else by the init script.

    A masked unit is unmasked. If dockerd does not start with its file, the previous one is put back and dockerd started
    with that. pyinfra's `systemd.service` and `server.service` fail where systemd is installed but not the init.

    Args:
        package: of dockerd; while it is not installed, that is all there is to say.
    """
    docker = host.get_fact(DockerDaemon)
    content = content_of(docker)
    broken = content if isinstance(content, Objection) else None
    found = gaps(docker, {} if isinstance(content, Objection) else content)
    differences = [service_difference(docker, gap, package) for gap in found if not gap.explained]
    if objection := started_by_hand(docker):
        yield from refuse(**objection._asdict())
    elif not found:
        host.noop("Docker's service is enabled and runs")
    elif broken:
        yield from map(Finding, differences)
        yield from refuse(**broken._replace(waits_for=broken.resource)._asdict())
    elif all(gap.mending == "person" for gap in found):
        yield from report(*differences)
    elif not isinstance(content, Objection):
        yield from begin(*differences)
        for gap in found:
            if gap.mending == "command":
                yield StringCommand(gap.how)
            elif gap.mending == "start":
                yield docker_commands.load(docker, content, "restart")


def broken_file(docker: DockerState) -> Objection | None:
    """Why daemon.json cannot be read as one, None when it can."""
    content = content_of(docker)
    return content if isinstance(content, Objection) else None


def _how(found: Sequence[Stale], running: Running, content: Object) -> docker_commands.How:
    if not any(each.restart for each in found):
        return "reload"
    info = {} if isinstance(running.info, Unreadable) else running.info
    at_risk = running_containers(running) > 0 and info.get("LiveRestoreEnabled") is not True
    return "live-restore" if at_risk and wants_live_restore(content) else "restart"
