"""`gpufleet bundle`: reads what is wanted, has it gathered, and says how it went."""

from __future__ import annotations

import errno
import signal
import sys
from typing import TYPE_CHECKING

from gpufleet.run import start  # noqa: F401 - gevent's patches, before anything else

# isort: split
from gpufleet.bundle import builder, gather_sources
from gpufleet.bundle.aptroot import NOT_TEXT, AptError
from gpufleet.bundle.command_settings import bundle_undeclared, wanted
from gpufleet.bundle.command_summary import counted, summary
from gpufleet.bundle.gather import Request, gather
from gpufleet.bundle.gather_choice import Choice
from gpufleet.bundle.gather_folder import FolderError
from gpufleet.bundle.gather_images import ArchitectureError
from gpufleet.bundle.gather_sources import SourcesError
from gpufleet.bundle.gather_targets import UnknownTargetError, target
from gpufleet.bundle.packages_index import states
from gpufleet.inventory import InventoryError
from gpufleet.report.model import AS_DECLARED, BY_SIGNAL, RUN_FAILED, USAGE
from gpufleet.run.command import checkout
from gpufleet.run.connect import load
from gpufleet.run.selection import NothingMatchedError
from gpufleet.run.signals import ending_in_order
from gpufleet.settings import SettingsError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from pathlib import Path

    from gpufleet.bundle.gather_images import Images
    from gpufleet.bundle.manifest import Manifest
    from gpufleet.bundle.wanted import WantedImage

ERRORS = (
    *(AptError, FolderError, SourcesError, ArchitectureError, builder.ImageError),
    *(InventoryError, NothingMatchedError, SettingsError),
)
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class StatusError(ValueError):
    """The file that a person gives is no dpkg status."""


def bundle(options: Namespace) -> int:
    """Gather a bundle.

    Args:
        options: of the command line (`command_line.add_arguments`).

    Returns:
        The exit code; the reason of a bundle that could not be made is on standard error.
    """
    sys.path.insert(0, str(checkout()))
    with ending_in_order() as caught:
        try:
            with bundle_undeclared():
                manifest = _gather(options)
        except UnknownTargetError as error:
            return _failed(str(error), USAGE)
        except (*ERRORS, StatusError) as error:
            return _failed(str(error))
        except OSError as error:
            return _failed(_in_words(error, options.output))
        except KeyboardInterrupt:
            sys.stderr.write("gpufleet: interrupted; the same command goes on from here\n")
            return BY_SIGNAL + (caught[0] if caught else signal.SIGINT)
    sys.stdout.write(summary(manifest, options.output))
    return AS_DECLARED


def _gather(options: Namespace) -> Manifest:
    kind = target(options.target, options.architecture)
    sources = gather_sources.given(options.apt_sources) if options.apt_sources else None
    status = status_text(options.target_status) if options.target_status else None
    top = checkout()
    fleet = load(options.inventory or str(top / "inventory.py"), checkout=top, limits=options.limit)
    choice = Choice(tuple(options.user) or Choice.users, tuple(options.cuda) or Choice.cuda, states(status or ""))
    parts = wanted(fleet, kind, choice)
    _say(f"what {counted(len(fleet.hosts), 'host')} may need on {kind.name} ({kind.codename}), {kind.architecture}")

    def built(images: Sequence[WantedImage], folder: Path) -> Images:
        return builder.images(options.inventory, options.builder, images, folder, top)

    return gather(Request(kind, options.output, parts, sources, status, built), _say)


def status_text(path: Path) -> str:
    """The text of a host's /var/lib/dpkg/status.

    Args:
        path: of a copy of it.

    Raises:
        StatusError: it cannot be read, or is no such file.
    """
    try:
        text = path.read_text(encoding="utf-8", errors=NOT_TEXT)
    except OSError as error:
        raise StatusError(f"--target-status {path}: {error.strerror}") from None
    if "\nStatus: " not in text or not text.startswith("Package: "):
        raise StatusError(f"--target-status {path}: not a dpkg status file, as /var/lib/dpkg/status of a host is")
    return text


def _in_words(error: OSError, folder: Path) -> str:
    where = error.filename or folder
    if error.errno in NO_ROOM:
        return f"{where}: {error.strerror}: make room; what is in {folder} stays, and the same command goes on from it"
    return f"{where}: {error.strerror or error}"


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def _failed(message: str, code: int = RUN_FAILED) -> int:
    sys.stderr.write(f"gpufleet: {message}\n")
    return code
