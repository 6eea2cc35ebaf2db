"""One trial: its host, its settings, and the running of its steps."""

from __future__ import annotations

import sys
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tests.gpu import commands, inventory, record
from tests.gpu.host import Host, TrialError, connected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.gpu.arguments import Options
    from tests.gpu.commands import Done
    from tests.gpu.record import Findings, Record

RUNTIME, CDI, PLAIN = "trial_runtime", "trial_cdi", "trial_plain"
"""The sandboxes of a trial: one for each way to ask for GPUs, and one that asks for none."""
SANDBOXES: dict[str, dict[str, Any]] = {
    RUNTIME: {"gpu_request": "runtime"},
    CDI: {"gpu_request": "cdi"},
    PLAIN: {"gpus": "none"},
}
NOTHING: Mapping[str, object] = MappingProxyType({})
USUAL: dict[str, dict[str, Any]] = {"python_sandbox": {}}
"""What role sandbox declares by itself; a value of one's own replaces it."""


@dataclass
class Trial:
    """What the steps work with.

    Attributes:
        options: what was asked for.
        name: the host's, in the inventory.
        declared: what the inventory says of it, without the trial's own settings.
        folder: for files of this run on the machine that runs it.
        inventory: the trial's own.
        host: connected to.
        before: file with what the host was like before anything was applied; none where it was not bare.
    """

    options: Options
    name: str
    declared: dict[str, Any]
    folder: Path
    inventory: Path
    host: Host
    before: Path

    def gpufleet(self, verb: str, *further: str, inventory: Path | None = None) -> Done:
        """Run one of gpufleet's commands, with the trial's inventory unless another one is named."""
        return commands.gpufleet(verb, inventory or self.inventory, self.name, self.folder, *further)

    def image(self, sandbox: str = RUNTIME) -> str:
        """Reference of the image that a sandbox was made from.

        Raises:
            TrialError: there is no such sandbox.
        """
        return self.host.tell(f"docker inspect {sandbox} --format '{{{{.Config.Image}}}}'")


def begun(options: Options, name: str, declared: dict[str, Any], folder: Path, before: Path) -> Trial:
    """Write the trial's inventory and connect.

    Args:
        options: what was asked for.
        name: the host's.
        declared: what the inventory says of it.
        folder: for files of this run.
        before: see `Trial`.

    Raises:
        TrialError: it cannot be reached.
    """
    file = own_inventory(options, name, declared, folder / "inventory")
    return Trial(options, name, declared, folder, file, connected(file, name), before)


def own_inventory(
    options: Options, name: str, declared: dict[str, Any], folder: Path, further: Mapping[str, object] = NOTHING
) -> Path:
    """Write an inventory with the trial's sandboxes.

    Args:
        options: what was asked for.
        name: the host's.
        declared: what its own inventory says of it.
        folder: where to.
        further: settings besides.
    """
    sandboxes = {**declared.get("sandbox_containers", USUAL), **SANDBOXES}
    variables = {**options.variables, "platform_gpu": "required", "sandbox_containers": sandboxes, **further}
    return inventory.write(folder, options.inventory, name, variables)


def run(trial: Trial, step: str, function: Callable[[Trial], Findings]) -> record.Result:
    """Run one step; whatever goes wrong in it becomes part of its result.

    Args:
        trial: on which host, with which settings.
        step: its name.
        function: what it does.
    """
    started, began = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    found, why = record.Findings([]), None
    try:
        found = function(trial)
    except TrialError as error:
        why = str(error)
    except Exception as error:  # noqa: BLE001 - one step's trouble is its own: the others are tried all the same
        traceback.print_exc(file=sys.stderr)
        why = f"{type(error).__name__}: {error}"
    seconds = round(time.monotonic() - began, 2)
    return record.Result(step, started, seconds, found.checks, found.figures, why)


def described(result: record.Result) -> str:
    """A result in lines, for a person.

    Args:
        result: of one step.
    """
    head = f"{'ok    ' if result.ok else 'NOT OK'}  {result.step}  {result.seconds:.1f} s"
    lines = [f"  {'+' if check.ok else '-'} {check.claim}{_because(check)}" for check in result.checks]
    return "\n".join([head, *lines, *([f"  - ended early: {result.ended_early}"] if result.ended_early else [])])


def _because(check: record.Check) -> str:
    return f": {check.seen}" if check.seen and not check.ok else ""


def left(known: Record, options: Options) -> list[str]:
    """The steps that are still to be run. Pure.

    Args:
        known: results of earlier runs.
        options: which steps were asked for.
    """
    done = set() if options.again else {name for name, result in known.results.items() if result.ok}
    return [name for name in options.steps if name not in done]
