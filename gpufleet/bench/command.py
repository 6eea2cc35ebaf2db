"""`gpufleet bench`: loads the inventory, measures on all hosts at the same time, and writes the report."""

from __future__ import annotations

import signal
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gpufleet.bench import document, shown
from gpufleet.bench.model import BenchReport, HostBench
from gpufleet.bench.on_host import bench as on_host
from gpufleet.inventory import InventoryError
from gpufleet.report.mending import DEFAULT_INVENTORY
from gpufleet.report.model import BY_SIGNAL, RUN_FAILED
from gpufleet.report.outputs import OutputError, deliver, prepare
from gpufleet.run.command import checkout
from gpufleet.run.connect import disconnect, everywhere, load
from gpufleet.run.progress import Progress
from gpufleet.run.selection import NothingMatchedError
from gpufleet.run.signals import ending_in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyinfra.api import Host

    from gpufleet.report.outputs import Outputs
    from gpufleet.run.connect import Fleet


def bench(inventory: str | None, limits: Sequence[str], sandbox: str | None, outputs: Outputs) -> int:
    """Measure the GPUs of the selected hosts, each in one of its sandboxes.

    Args:
        inventory: as pyinfra takes it; None for inventory.py of the checkout.
        limits: groups, hosts or patterns; none for all hosts.
        sandbox: in which; None for the first of each host that runs and asks for a GPU.
        outputs: where the JSON document goes.

    Returns:
        0 all is measured · 2 a result is wrong · 4 something could not be measured · 6 both · 1 the run itself failed ·
        130, 143 interrupted. The reason of a run that could not be made is on standard error.
    """
    top = checkout()
    sys.path.insert(0, str(top))
    with ending_in_order() as caught:
        try:
            prepare(outputs)
            fleet = load(inventory or str(top / "inventory.py"), checkout=top, limits=limits)
            try:
                report = _measured(fleet, inventory or DEFAULT_INVENTORY, limits, sandbox, caught)
            finally:
                disconnect(fleet)
            places = [] if outputs.json is None else [(outputs.json, document.text(report))]
            deliver(places, lambda: _print(shown.text(report)))
        except (InventoryError, NothingMatchedError, OutputError) as error:
            sys.stderr.write(f"gpufleet: {error}\n")
            return RUN_FAILED
        except KeyboardInterrupt:  # before any host was touched, or when it was asked for three times
            return BY_SIGNAL + (caught[0] if caught else signal.SIGINT)
        return report.exit_code


def _measured(
    fleet: Fleet, inventory: str, limits: Sequence[str], sandbox: str | None, caught: Sequence[int]
) -> BenchReport:
    started, clock = datetime.now(UTC), time.monotonic()
    found: dict[str, HostBench] = {}
    number = _everywhere(fleet, sandbox, found, caught)
    why = "interrupted" if number else "no answer"
    hosts = tuple(found.get(name) or HostBench(name=name, why=why) for name in fleet.hosts)
    return BenchReport(
        inventory=inventory,
        limits=tuple(limits),
        started=started.isoformat(timespec="seconds"),
        seconds=time.monotonic() - clock,
        hosts=hosts,
        signal=number,
    )


def _everywhere(fleet: Fleet, sandbox: str | None, found: dict[str, HostBench], caught: Sequence[int]) -> int | None:
    """Measure on every host and keep what each came to; the signal that ended it before its end, else None."""
    progress = Progress(len(fleet.hosts))

    def one(host: Host) -> None:
        found[host.name] = on_host(host, sandbox)
        progress.done()

    progress.begin()
    try:
        for name, raised in everywhere(fleet, fleet.hosts, one).items():
            if isinstance(raised, Exception):
                found[name] = HostBench(name=name, why=f"{type(raised).__name__}: {raised}")
    except KeyboardInterrupt:
        return caught[0] if caught else signal.SIGINT
    finally:
        progress.end()
    return None


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()
