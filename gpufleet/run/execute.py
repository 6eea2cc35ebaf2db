"""Executes the items of one host, in order, and stops that host at the first that fails."""

from __future__ import annotations

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
    from gpufleet.run.judgement import Judgement
    from gpufleet.run.reading import BatchedConnector
    from gpufleet.run.registered import Item
    from gpufleet.run.seen import Execution


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
        done, failure = _one(host, connector, one.item, say)
        if one.item in execution.todo:
            execution.todo.remove(one.item)
        if failure is not None:
            execution.failed[one.item.id] = failure
            return
        if done is not None:
            execution.mended.append((one.item, done or one.differences))


def _one(
    host: Host, connector: BatchedConnector, item: Item, say: Callable[[str], None]
) -> tuple[tuple[Difference, ...] | None, str | None]:
    """Execute one item: the differences that it mended (None: it did nothing), and why it failed (None: it did not)."""
    differences: list[Difference] = []
    acted = step = False

    def seen(command: PyinfraCommand) -> None:
        nonlocal acted, step
        if isinstance(command, Finding):
            differences.append(command.difference)
        elif isinstance(command, Step):
            step = True
        elif not acted:
            acted = True
            say(item.name)

    log.taken(host)
    item.data.operation_meta._success = None  # noqa: SLF001 - see `judge.complete`
    item.data.command_generator = connector.guarded(item.commands, seen)
    host.connector_data[EXECUTING] = True
    failure = None
    try:
        if not run_host_op(host.state, host, item.op_hash):
            failure = log.taken(host) or "its command failed"
    except PyinfraError as error:
        failure = log.taken(host) or str(error)
    except Exception as error:  # noqa: BLE001 - an operation may raise anything, and it concerns this host only
        failure = f"{type(error).__name__}: {error}"
    finally:
        host.connector_data[EXECUTING] = False
        item.data.command_generator = item.commands
    if host in host.state.failed_hosts:
        failure = failure or log.taken(host) or "a fact failed"
        revive(host)
    return (tuple(differences) if acted and (differences or not step) else None), failure
