"""What each item of a host would change now, found out by iterating its generator without executing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra.api import FactBase
from pyinfra.api.exceptions import PyinfraError
from pyinfra.connectors.util import CommandOutput

from gpufleet.finding import Difference, Finding, Step
from gpufleet.run import log
from gpufleet.run.judgement import Judgement, derived, each_trouble_once
from gpufleet.run.reading import WantedError
from gpufleet.secret_texts import hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pyinfra.api import Host

    from gpufleet.run.item import Item
    from gpufleet.run.reading import BatchedConnector


def judge(host: Host, connector: BatchedConnector, items: Sequence[Item]) -> list[Judgement]:
    """Hold every item against the host. One that cannot be judged is `unknown`, and hides no other.

    Args:
        host: the host, pyinfra's current one.
        connector: its batched connector.
        items: what is declared for it.

    Raises:
        LostError: the host does not answer any more.
    """
    found: dict[str, Judgement] = {}
    todo = list(items)
    while todo:
        later = []
        for item in todo:
            try:
                found[item.op_hash] = _judged(host, connector, item)
            except WantedError:
                later.append(item)
        asked = connector.fetch()
        if later and not asked and len(later) == len(todo):  # a condition on an item that was never judged
            found |= {item.op_hash: _unknown(item, "it waits for an operation that is not there") for item in later}
            later = []
        todo = later
    return each_trouble_once([found[item.op_hash] for item in items])


def _judged(host: Host, connector: BatchedConnector, item: Item) -> Judgement:
    log.taken(host)
    trouble = None
    try:
        with connector.reads(collect=True):
            judgement = _looked_at(item) if _applies(item) else Judgement(item)
    except PyinfraError as error:
        trouble = str(error)
    except Exception as error:  # noqa: BLE001 - an operation may raise anything, and it concerns this item only
        trouble = f"{_fact_of(error)}{type(error).__name__}: {error}"
    if trouble or host in host.state.failed_hosts:
        judgement = _unknown(item, log.taken(host) or trouble or "a fact failed")
        revive(host)
    complete(item, changes=judgement.acts)
    return judgement


def _fact_of(error: BaseException) -> str:
    """The fact that was reading an answer when an error was raised, as the beginning of a sentence."""
    frame = error.__traceback__
    while frame is not None:
        if isinstance(fact := frame.tb_frame.f_locals.get("self"), FactBase):
            return f"the answer to {type(fact).__name__} could not be read: "
        frame = frame.tb_next
    return ""


def revive(host: Host) -> None:
    """Take back that pyinfra has given a host up: only an item of it is concerned."""
    host.state.failed_hosts.discard(host)
    host.state.active_hosts.add(host)


def complete(item: Item, *, changes: bool) -> None:
    """Let conditions (`_if=other.did_change`) of later items see what this one would do."""
    meta = item.data.operation_meta
    meta._success = None  # noqa: SLF001 - pyinfra completes an operation only once
    meta.set_complete(success=True, commands=["?"] if changes else [], combined_output=CommandOutput([]))


def _applies(item: Item) -> bool:
    """What an item's conditions say, by what is expected of the items before it."""
    conditions = item.data.global_arguments.get("_if") or []
    every: Iterable[Callable[[], bool]] = conditions if isinstance(conditions, list) else [conditions]
    try:
        return all(condition() for condition in every)
    except RuntimeError as error:
        if "before execution" in str(error):
            raise WantedError from error
        raise


def _looked_at(item: Item) -> Judgement:
    """Its findings; the first command that is none ends the look."""
    differences: list[Difference] = []
    step, first = False, None
    generator = item.commands()
    for command in generator:
        if isinstance(command, Finding):
            differences.append(command.difference)
        elif isinstance(command, Step):
            step = True
        else:
            first = command
            break
    if hasattr(generator, "close"):
        generator.close()
    would = "" if first is None else (hidden(str(first)).splitlines() or [""])[0]
    if first is not None and not differences and not step and not item.imperative:
        differences = [derived(item, would)]
    return Judgement(item, tuple(differences), acts=first is not None, step=step, first=would)


def _unknown(item: Item, why: str) -> Judgement:
    difference = Difference(
        kind="unknown", resource=item.name, expected="an answer", observed=why, remedy="Look at the host.", refused=True
    )
    return Judgement(item, (difference,), unreadable=True)
