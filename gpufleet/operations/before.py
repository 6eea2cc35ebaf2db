"""Commands that remember what a host had before they change it, so that a removal can take the change back."""

from __future__ import annotations

from pyinfra.api import QuoteString, StringCommand

from gpufleet.facts.scripts import script
from gpufleet.state import BACKUPS

FUNCTIONS = script("before.sh", "gpufleet.operations.scripts")
"""`keep_before PATH`, `note LINE` and `forget LINE`, for a POSIX shell."""


def noted(line: str, *command: StringCommand | QuoteString | str) -> StringCommand:
    """A command that is noted before it is run.

    Args:
        line: as `gpufleet.made` reads it.
        command: its words; they are run by the shell as they are.
    """
    text = f'{FUNCTIONS}\nnote "$1"'
    return StringCommand("sh -c", QuoteString(text), "sh", QuoteString(line), "&&", *command)


def forgotten(line: str, *command: StringCommand | QuoteString | str) -> StringCommand:
    """A command that takes back what was noted, and is forgotten once it has succeeded.

    Args:
        line: as it was noted.
        command: its words; they are run by the shell as they are.
    """
    text = f'{FUNCTIONS}\nforget "$1"'
    return StringCommand(*command, "&&", "sh -c", QuoteString(text), "sh", QuoteString(line))


def kept_before(path: str, *further: StringCommand | QuoteString | str) -> StringCommand:
    """Remember what lies at a path, if anything does, before it is replaced.

    Args:
        path: of the file.
        further: words behind that, as `&& mv -f NEW PATH`.
    """
    text = f'{FUNCTIONS}\nkeep_before "$1"'
    return StringCommand("sh -c", QuoteString(text), "sh", QuoteString(path), *further)


def set_aside(path: str, *further: StringCommand | QuoteString | str) -> StringCommand:
    """Take a file away that apply replaces by nothing, or that it changes: a copy goes into the backup.

    Args:
        path: of the file.
        further: words behind the copy, as `&& rm -f PATH`.
    """
    text = f'{FUNCTIONS}\nkeep_before "$1" && mkdir -p {BACKUPS} && cp -pL --backup=numbered "$1" {BACKUPS}/'
    return StringCommand("sh -c", QuoteString(text), "sh", QuoteString(path), *further)
