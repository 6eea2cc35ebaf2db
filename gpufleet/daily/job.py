"""`gpufleet run`: a command in a container of its own."""

from __future__ import annotations

import os
import secrets
import sys
from typing import TYPE_CHECKING, NoReturn

from pyinfra.api import StringCommand

from gpufleet.containers.declaration import run_arguments
from gpufleet.daily import choice
from gpufleet.daily.declared import JOB_LABEL, WORKSPACE, Wish
from gpufleet.daily.errors import DailyError
from gpufleet.daily.loaded import declared
from gpufleet.daily.place import Place, become
from gpufleet.daily.seen import connected, seen
from gpufleet.daily.wishes import environment, local_mount, local_path
from gpufleet.facts.access import HiddenInput
from gpufleet.facts.answer import Unreadable
from gpufleet.run.connect import leave

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from gpufleet.daily.declared import Job, Seen
    from gpufleet.run.connect import Fleet

WAITS = 300
"""Seconds after which variables are removed that no job has taken: a person may be asked for a password first."""
KEEP = (
    "umask 077; for folder in /dev/shm /tmp; do file=$(mktemp $folder/gpufleet-XXXXXXXXXX) && break; done 2>/dev/null; "
    'cat > "$file" && echo "$file"; (sleep {waits}; rm -f -- "$file") </dev/null >/dev/null 2>&1 &'
)
"""Keeps standard input in a private file, in memory where there is such a folder, and prints its name."""
DETACH = "ctrl-@,ctrl-@"
"""Instead of Docker's Ctrl-P Ctrl-Q, for which a shell's Ctrl-P would wait for a second key."""


def run(fleet: Fleet, options: argparse.Namespace, command: Sequence[str]) -> NoReturn:
    """Become a job.

    Args:
        fleet: the hosts of the inventory.
        options: from the command line.
        command: what runs; empty for the image's own.

    Raises:
        DailyError: it cannot be had; the message says why.
    """
    groups = {name: [host.name for host in members] for name, members in fleet.state.inventory.groups.items()}
    place = Place.of(fleet.hosts[choice.host(options.host, list(fleet.hosts), groups)], options.inventory)
    wish = _wish(place, options, command)
    connected(place.host)
    job = _job(place, seen(place.host), wish)
    file = _kept(place, job.container.environment)
    leave(place.host)
    identity = secrets.token_hex(8)
    arguments = run_arguments(job.container, label=f"{JOB_LABEL}={identity}", pull=job.pull)
    own = ["--workdir", WORKSPACE, *(["--detach-keys", DETACH] if wish.terminal else [])]
    become(place.words("job.sh", [identity, file, *own, *arguments], terminal=wish.terminal))


def _wish(place: Place, options: argparse.Namespace, command: Sequence[str]) -> Wish:
    sandboxes = declared().sandboxes(place.host.data.dict())
    folder = options.workspace if options.workspace is not None or not place.here else "."
    return Wish(
        sandbox=choice.like(options.sandbox, options.image, sandboxes, place.name),
        command=tuple(command),
        image=options.image,
        workspace=local_path(folder) if folder and place.here else folder,
        mounts=tuple(map(local_mount, options.mount) if place.here else options.mount),
        gpus=options.gpus,
        shm_size=options.shm_size,
        user=options.user,
        environment=tuple(environment(options.env, os.environ).items()),
        terminal=sys.stdin.isatty() and sys.stdout.isatty(),
    )


def _job(place: Place, found: Seen, wish: Wish) -> Job:
    roles, data = declared(), place.host.data.dict()
    try:
        job = roles.job(data, found, wish, roles.images(data, found))
    except ValueError as error:
        raise DailyError(f"{place.name}: {error}") from None
    if not job.pull and not isinstance(found.images, Unreadable):
        there = [name for each in found.images.images for name in each.references]
        if job.container.image not in there:
            builds = place.command("apply", "--roles", "cuda_image")
            missing = f"the image {job.container.image} is not there"
            raise DailyError(f"{place.name}: {missing}: `{builds}` builds it, or --image names another")
    return job


def _kept(place: Place, variables: Mapping[str, str]) -> str:
    """Name of a private file on the host with the variables: in a list of processes everybody would read them."""
    if not variables:
        return ""
    lines = HiddenInput(f"{name}={value}" for name, value in variables.items())
    worked, output = place.host.run_shell_command(StringCommand(KEEP.format(waits=WAITS)), _stdin=lines, _sudo=False)
    if not worked or not output.stdout_lines:
        raise DailyError(f"{place.name}: the variables could not be kept: {output.stderr}")
    return str(output.stdout_lines[-1])
