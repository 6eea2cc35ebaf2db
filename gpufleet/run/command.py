"""`gpufleet check` and `gpufleet apply`: loads the inventory, runs, and writes the reports."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import gpufleet
from gpufleet.inventory import InventoryError
from gpufleet.report.model import RUN_FAILED
from gpufleet.run.connect import disconnect, load
from gpufleet.run.fleet import run
from gpufleet.run.selection import NothingMatchedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from gpufleet.report.model import Report


class UnknownRoleError(ValueError):
    """A role that is not there; the message holds the nearest name."""


def check_or_apply(
    verb: Literal["check", "apply"], inventory: str | None, limits: Sequence[str], roles: Sequence[str]
) -> Report | int:
    """Run a verb over the selected hosts.

    Args:
        verb: which.
        inventory: as pyinfra takes it; None for inventory.py of the checkout.
        limits: groups, hosts or patterns; none for all hosts.
        roles: limits the items; none for all.

    Returns:
        The report; the exit code where nothing could be run, its reason on standard error.
    """
    top = checkout()
    sys.path.insert(0, str(top))
    try:
        for name in roles:
            _known(name, top)
        fleet = load(inventory or str(top / "inventory.py"), checkout=top, limits=limits)
    except (InventoryError, NothingMatchedError, UnknownRoleError) as error:
        sys.stderr.write(f"gpufleet: {error}\n")
        return RUN_FAILED
    try:
        return run(verb, fleet, deploy=top / "deploy.py", inventory=inventory or "inventory.py", roles=roles)
    finally:
        disconnect(fleet)


def checkout() -> Path:
    """The folder with deploy.py: the current one, else where this package was installed from."""
    installed_from = Path(gpufleet.__file__).resolve().parents[1]
    return Path.cwd() if (Path.cwd() / "deploy.py").is_file() else installed_from


def _known(name: str, top: Path) -> None:
    known = sorted(path.parent.name for path in top.glob("roles/*/deploy.py"))
    if name not in known:
        nearest = get_close_matches(name, known, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(known)}"
        raise UnknownRoleError(f"--roles {name}: no such role; {hint}")
