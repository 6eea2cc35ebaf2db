"""Runs check or apply over a fleet: every host goes its own way, none waits for another."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

import gevent
from gevent.pool import Pool
from pyinfra.api.output import set_echo
from pyinfra.api.state import StateStage
from pyinfra.context import ctx_config, ctx_host

from gpufleet.report.model import Report
from gpufleet.run import log
from gpufleet.run.connect import leave
from gpufleet.run.host import HostRun
from gpufleet.run.preload import preload
from gpufleet.run.progress import Progress
from gpufleet.run.revision import revision
from gpufleet.run.shortcuts import merge_data, take

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gpufleet.run.connect import Fleet

RunVerb: TypeAlias = Literal["check", "apply", "remove", "remove --check"]
GRACE = 5
"""Seconds that hosts get to end in order when a run is interrupted."""


@dataclass(frozen=True)
class Told:
    """What the command line said.

    Attributes:
        inventory: as it was given.
        roles: limits the items; empty for all.
        limits: those by which the hosts were selected.
        flags: what else it said of what is done, as `--containers`.
    """

    inventory: str
    roles: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def run(
    verb: RunVerb,
    fleet: Fleet,
    deploy: Path,
    told: Told,
    caught: Sequence[int] = (),
) -> Report:
    """Check, apply or remove on every selected host.

    Args:
        verb: which; a check changes nothing.
        fleet: the loaded hosts.
        deploy: path of deploy.py, or of remove.py.
        told: what the command line said.
        caught: the signals that have come (`signals.ending_in_order`).

    Returns:
        The report, in which no selected host is missing, also when a signal interrupts the run.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    log.keep()
    take()
    fleet.state.set_stage(StateStage.Prepare)
    limited = frozenset(told.roles)
    for host in fleet.hosts.values():
        merge_data(host)
    removes = verb.startswith("remove")
    hosts = [
        HostRun(host, number, deploy, limited, removes=removes) for number, host in enumerate(fleet.hosts.values())
    ]
    progress = Progress(len(hosts))
    set_echo(progress.line)  # without one pyinfra shows nothing of what long commands print
    gevent.spawn(revision, deploy.parent)  # git works while hosts are connected to
    gevent.spawn(preload, deploy)
    number = _all(verb, hosts, fleet.parallel, progress, caught)
    progress.end()
    return Report(
        verb=verb,
        inventory=told.inventory,
        revision=revision(deploy.parent),
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 3),
        hosts=tuple(each.report() for each in hosts),
        roles=told.roles,
        limits=told.limits,
        flags=told.flags,
        signal=number,
    )


def _all(verb: str, hosts: list[HostRun], parallel: int, progress: Progress, caught: Sequence[int]) -> int | None:
    """All of them, so many at the same time; the signal that ended it before its end, None when none did."""
    pool = Pool(parallel)
    progress.begin()
    try:
        for each in hosts:
            pool.spawn(_within, verb, each, progress)
        pool.join()
    except KeyboardInterrupt:
        pool.kill(block=True, timeout=GRACE)
        return caught[0] if caught else signal.SIGINT
    return None


def _within(verb: str, one: HostRun, progress: Progress) -> None:
    with ctx_host.use(one.host), ctx_config.use(one.host.state.config.copy()):
        try:
            if verb.endswith("check"):
                one.check()
            else:
                one.apply(partial(progress.acts, one.host.name))
        finally:
            leave(one.host)
            progress.done()
