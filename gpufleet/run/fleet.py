"""Runs check or apply over a fleet: every host goes its own way, none waits for another."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import gevent
from gevent import get_hub
from gevent.pool import Pool
from pyinfra.api.state import StateStage
from pyinfra.context import ctx_config, ctx_host

from gpufleet.report.model import Report
from gpufleet.run import log
from gpufleet.run.connect import leave
from gpufleet.run.global_arguments import merge_data, remember_types
from gpufleet.run.host import HostRun
from gpufleet.run.progress import Progress
from gpufleet.run.revision import revision

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path
    from types import FrameType
    from typing import Literal

    from gpufleet.run.connect import Fleet

GRACE = 5
"""Seconds that hosts get to end in order when a run is interrupted."""


def run(
    verb: Literal["check", "apply"],
    fleet: Fleet,
    *,
    deploy: Path,
    inventory: str,
    roles: Collection[str] = (),
    limits: Collection[str] = (),
) -> Report:
    """Check or apply a deploy on every selected host.

    Args:
        verb: which of both; a check changes nothing.
        fleet: the loaded hosts.
        deploy: path of deploy.py.
        inventory: as it was given, for the report.
        roles: limits the items; empty for all.
        limits: those by which the hosts were selected, for the report.

    Returns:
        The report, in which no selected host is missing, also when a signal interrupts the run.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    log.keep()
    remember_types()
    fleet.state.set_stage(StateStage.Prepare)
    limited = frozenset(roles)
    for host in fleet.hosts.values():
        merge_data(host)
    hosts = [HostRun(host, number, deploy, limited) for number, host in enumerate(fleet.hosts.values())]
    progress = Progress(len(hosts))
    gevent.spawn(revision)  # git works while hosts are connected to
    number = _all(verb, hosts, fleet.parallel, progress)
    progress.end()
    return Report(
        verb=verb,
        inventory=inventory,
        revision=revision(),
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 3),
        hosts=tuple(each.report() for each in hosts),
        roles=tuple(roles),
        limits=tuple(limits),
        signal=number,
    )


def _all(verb: str, hosts: list[HostRun], parallel: int, progress: Progress) -> int | None:
    """All of them, so many at the same time; the signal that ended it before its end, None when none did."""
    pool = Pool(parallel)
    progress.begin()
    with _signals() as caught:
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
        if verb == "check":
            one.check()
        else:
            one.apply(partial(progress.acts, one.host.name))
        leave(one.host)
    progress.done()


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Let SIGTERM and SIGINT end the run in order; which one came is noted."""
    caught: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        caught.append(number)
        raise KeyboardInterrupt

    get_hub().NOT_ERROR += (KeyboardInterrupt,)  # it may strike in any host's task, and is told by the exit code
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
