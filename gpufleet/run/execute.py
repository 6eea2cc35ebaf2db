"""Executes the items of one host, in order, and stops that host at the first that fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.operations import run_host_op

from gpufleet.finding import Finding, Step
from gpufleet.run import log
from gpufleet.run.judge import revive
from gpufleet.run.state import EXECUTING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyinfra.api import Host
    from pyinfra.api.command import PyinfraCommand

    from gpufleet.finding import Difference
    from gpufleet.run.item import Item
    from gpufleet.run.judgement import Judgement
    from gpufleet.run.reading import BatchedConnector
    from gpufleet.run.seen import Execution


@dataclass
class _Done:
    """What became of one item: whether it acted, the differences that it mended, why it failed."""

    acted: bool = False
    differences: tuple[Difference, ...] = ()
    failure: str | None = None


def execute(
    host: Host,
    connector: BatchedConnector,
    judgements: Sequence[Judgement],
    execution: Execution,
    say: Callable[[str], None],
) -> None:
    """Execute what the items call for.

    Args:
        host: the host, pyinfra's current one.
        connector: its batched connector.
        judgements: its items, judged: facts are read ahead up to the next one that is expected to act.
        execution: told what was done.
        say: told of each item that acts, as it begins.

    Raises:
        LostError: the host does not answer any more.
    """
    connector.acting = frozenset(one.item.op_hash for one in judgements if one.acts)
    execution.todo = [one.item for one in judgements if one.acts]
    for one in judgements:
        done = _one(host, connector, one.item, say)
        if one.item in execution.todo:
            execution.todo.remove(one.item)
        if done.failure is not None:
            execution.failed[one.item.id] = done.failure
            return
        if done.acted and one.differences:  # what acts without a finding only serves those of others
            waited = any(each.waits_for for each in one.differences)
            execution.mended.append((one.item, done.differences if waited else one.differences))


def _one(host: Host, connector: BatchedConnector, item: Item, say: Callable[[str], None]) -> _Done:
    """Execute one item."""
    done = _Done()

    def seen(command: PyinfraCommand) -> None:
        if isinstance(command, Finding):
            done.differences += (command.difference,)
        elif not isinstance(command, Step) and not done.acted:
            done.acted = True
            say(item.name)

    log.taken(host)
    item.data.operation_meta._success = None  # noqa: SLF001 - see `judge.complete`
    item.data.command_generator = connector.guarded(item.commands, seen)
    host.connector_data[EXECUTING] = True
    try:
        if not run_host_op(host.state, host, item.op_hash):
            done.failure = log.taken(host) or "its command failed"
    except PyinfraError as error:
        done.failure = log.taken(host) or str(error)
    except Exception as error:  # noqa: BLE001 - an operation may raise anything, and it concerns this host only
        done.failure = f"{type(error).__name__}: {error}"
    finally:
        host.connector_data[EXECUTING] = False
        item.data.command_generator = item.commands
    if host in host.state.failed_hosts:
        done.failure = done.failure or log.taken(host) or "a fact failed"
        revive(host)
    return done
