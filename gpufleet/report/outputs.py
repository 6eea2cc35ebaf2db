"""Where a report goes: `--json [FILE]`, `--junit [FILE]`, else the terminal. pyinfra is not needed for any of it."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gpufleet.report.whole_file import try_out, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gpufleet.report.model import Report

STDOUT = "-"
FORMS = {"json": "one JSON document", "junit": "JUnit XML"}


class OutputError(Exception):
    """A report cannot be written where it is wanted; the message says where and why."""


@dataclass(frozen=True)
class Outputs:
    """Where a report goes.

    Attributes:
        json: a file, `-` for stdout, None when it is not wanted.
        junit: the same.
    """

    json: str | None = None
    junit: str | None = None

    @property
    def on_stdout(self) -> bool:
        """Whether one of them takes the place of the terminal report."""
        return STDOUT in {self.json, self.junit}

    @property
    def files(self) -> list[Path]:
        """The files that are wanted."""
        return [Path(name) for name in (self.json, self.junit) if name not in {None, STDOUT}]


NOWHERE = Outputs()


class _Output(argparse.Action):
    """One of the two, which cannot both go to the same place."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse's signature
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,  # noqa: ARG002 - argparse's signature
    ) -> None:
        """Keep it."""
        place = str(values)
        if not place:
            raise argparse.ArgumentError(self, "the name of the file is empty")
        other = "junit" if self.dest == "json" else "json"
        if getattr(namespace, other, None) == place:
            there = "stdout: give one of them a file" if place == STDOUT else place
            raise argparse.ArgumentError(self, f"--json and --junit cannot both go to {there}")
        setattr(namespace, self.dest, place)


def add_arguments(parser: argparse.ArgumentParser, forms: Sequence[str] = tuple(FORMS)) -> None:
    """Add `--json` and `--junit`; wrong use is the parser's error.

    Args:
        parser: of a command that makes a report.
        forms: those of both that it can make.
    """
    for name, what in [(name, FORMS[name]) for name in forms]:
        parser.add_argument(
            f"--{name}",
            action=_Output,
            nargs="?",
            const=STDOUT,
            metavar="FILE",
            help=f"the report as {what}, to FILE, or to stdout in place of the report for people",
        )


def chosen(options: argparse.Namespace) -> Outputs:
    """What the arguments say.

    Args:
        options: parsed by a parser that has had `add_arguments`.
    """
    return Outputs(options.json, getattr(options, "junit", None))


def prepare(outputs: Outputs) -> None:
    """Find out before any host is touched whether the files can be written.

    Args:
        outputs: where the report will go.

    Raises:
        OutputError: one of them cannot be.
    """
    for path in outputs.files:
        with _explained(path):
            try_out(path)


def write(report: Report, outputs: Outputs, *, shown: bool = False) -> None:
    """Write a report to wherever it is wanted: files first, then stdout. A pipe that was closed is no error.

    Args:
        report: of any verb.
        outputs: where it goes.
        shown: people have seen it already, so that the terminal's form is not wanted.

    Raises:
        OutputError: a file or stdout cannot be written.
    """
    deliver(list(_texts(report, outputs)), None if shown else partial(_show, report))


def deliver(wanted: Sequence[tuple[str, str]], show: Callable[[], None] | None) -> None:
    """Write texts to wherever they are wanted: files first, then stdout. A pipe that was closed is no error.

    Args:
        wanted: places, as in `Outputs`, and what goes there.
        show: prints for people what none of the texts takes the place of on stdout; None where nothing is to be shown.

    Raises:
        OutputError: a file or stdout cannot be written.
    """
    for place, text in wanted:
        if place != STDOUT:
            with _explained(place):
                write_whole(Path(place), text.encode())
    on_stdout = next((partial(_print, text) for place, text in wanted if place == STDOUT), show)
    if on_stdout is not None:
        with _explained("stdout"):
            _to_stdout(on_stdout)


def _texts(report: Report, outputs: Outputs) -> Iterator[tuple[str, str]]:
    """The report in each form that is wanted, with the place where it goes. What nobody wants is not even imported."""
    if outputs.json is not None:
        from gpufleet.report import json_document  # noqa: PLC0415

        yield outputs.json, json_document.text(report)
    if outputs.junit is not None:
        from gpufleet.report import junit  # noqa: PLC0415

        yield outputs.junit, junit.text(report)


def _show(report: Report) -> None:
    from gpufleet.report import terminal  # noqa: PLC0415 - see `_texts`

    terminal.show(report, sys.stdout)


def _print(text: str) -> None:
    sys.stdout.buffer.write(text.encode())
    sys.stdout.flush()


def _to_stdout(show: Callable[[], None]) -> None:
    try:
        show()
    except OSError as error:
        # Else the interpreter's own flush at its end would fail again, and change the exit code
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # nobody reads any more
            raise


@contextmanager
def _explained(place: object) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{place} cannot be written: {error.strerror or error}") from error
