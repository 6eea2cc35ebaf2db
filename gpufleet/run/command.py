"""`gpufleet check` and `gpufleet apply`: loads the inventory, runs, and writes the reports."""

from __future__ import annotations

import signal
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import gpufleet
from gpufleet.inventory import InventoryError
from gpufleet.report.mending import DEFAULT_INVENTORY
from gpufleet.report.model import BY_SIGNAL, RUN_FAILED
from gpufleet.report.outputs import OutputError, prepare, write
from gpufleet.run.connect import disconnect, load
from gpufleet.run.fleet import Told, run
from gpufleet.run.selection import NothingMatchedError
from gpufleet.run.signals import ending_in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    from gpufleet.report.outputs import Outputs
    from gpufleet.run.connect import Fleet
    from gpufleet.run.fleet import RunVerb


class UnknownRoleError(ValueError):
    """A role that is not there; the message holds the nearest name."""


def check_or_apply(
    verb: Literal["check", "apply"],
    inventory: str | None,
    limits: Sequence[str],
    roles: Sequence[str],
    outputs: Outputs,
) -> int:
    """Run a verb over the selected hosts and write its reports.

    Args:
        verb: which.
        inventory: as pyinfra takes it; None for inventory.py of the checkout.
        limits: groups, hosts or patterns; none for all hosts.
        roles: limits the items; none for all.
        outputs: where the reports go.

    Returns:
        The exit code; the reason of a run that could not be made is on standard error.
    """
    return ran(verb, "deploy.py", inventory, limits, roles=roles, outputs=outputs)


def ran(
    verb: RunVerb,
    deploy: str,
    inventory: str | None,
    limits: Sequence[str],
    *,
    roles: Sequence[str],
    outputs: Outputs,
    flags: Sequence[str] = (),
    ready: Callable[[Fleet], bool] = lambda _: True,
) -> int:
    """Run a deploy file of the checkout over the selected hosts and write the reports.

    Args:
        verb: what it is done for.
        deploy: name of the file.
        inventory: as `check_or_apply` has it, like those behind it.
        limits: the same.
        roles: the same.
        outputs: the same.
        flags: what else the command line said of what is done, for the line that repeats it.
        ready: asked with the hosts before any is touched, whether to go on.

    Returns:
        The exit code.
    """
    top = checkout()
    sys.path.insert(0, str(top))
    chosen = [name for words in roles for name in words.split(",")]
    with ending_in_order() as caught:
        try:
            prepare(outputs)
            for name in chosen:
                _known(name, top)
            fleet = load(inventory or str(top / "inventory.py"), checkout=top, limits=limits)
            if not ready(fleet):
                sys.stderr.write("gpufleet: nothing was changed\n")
                return RUN_FAILED
            told = Told(inventory or DEFAULT_INVENTORY, tuple(chosen), tuple(limits), tuple(flags))
            try:
                report = run(verb, fleet, top / deploy, told, caught)
                write(report, outputs)
            finally:
                disconnect(fleet)
        except (InventoryError, NothingMatchedError, UnknownRoleError, OutputError) as error:
            sys.stderr.write(f"gpufleet: {error}\n")
            return RUN_FAILED
        except KeyboardInterrupt:  # before any host was touched, or when it was asked for three times
            return BY_SIGNAL + (caught[0] if caught else signal.SIGINT)
        return report.exit_code


def checkout() -> Path:
    """The folder with deploy.py: the current one, else where this package was installed from."""
    installed_from = Path(gpufleet.__file__).resolve().parents[1]
    return Path.cwd() if (Path.cwd() / "deploy.py").is_file() else installed_from


def _known(name: str, top: Path) -> None:
    known = sorted(path.parent.name for path in top.glob("roles/*/deploy.py"))
    if name not in known:
        nearest = get_close_matches(name, known, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(known)}"
        raise UnknownRoleError(f"--roles {name or repr(name)}: no such role; {hint}")
