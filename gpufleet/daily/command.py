"""`gpufleet shell`, `gpufleet run` and `gpufleet build`: from the command line to what then runs in their place."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gpufleet.daily.errors import NOTHING_RUN, DailyError
from gpufleet.inventory import InventoryError
from gpufleet.report import outputs
from gpufleet.report.model import BY_SIGNAL
from gpufleet.run.command import check_or_apply, checkout
from gpufleet.run.connect import load
from gpufleet.run.selection import NothingMatchedError
from gpufleet.settings import SettingsError

# isort: split
from pyinfra.api.exceptions import PyinfraError

from gpufleet.daily.job import run
from gpufleet.daily.shell import shell

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from gpufleet.run.connect import Fleet

INTERRUPTED = BY_SIGNAL + 2


def daily(options: argparse.Namespace, command: Sequence[str]) -> int:
    """Do what one of the three commands says; a shell or a job takes this process over.

    Args:
        options: from `gpufleet.daily.arguments`.
        command: what stood behind `--`.

    Returns:
        The exit code of a build; else of what could not be begun, with the reason on standard error.
    """
    if options.command == "build":
        return check_or_apply("apply", options.inventory, options.limit, ["cuda_image"], outputs.chosen(options))
    try:
        fleet = _fleet(options.inventory)
        if options.command == "shell":
            shell(fleet, options)
        else:
            run(fleet, options, command)
    except (DailyError, InventoryError, NothingMatchedError, SettingsError, PyinfraError) as error:
        sys.stderr.write(f"gpufleet: {error}\n")
        return NOTHING_RUN
    except KeyboardInterrupt:
        return INTERRUPTED


def _fleet(inventory: str | None) -> Fleet:
    top = checkout()
    sys.path.insert(0, str(top))
    return load(inventory or str(top / "inventory.py"), checkout=top)
