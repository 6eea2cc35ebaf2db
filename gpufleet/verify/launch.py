"""Runs pytest over tests/verify and says by an exit code how it went.

The plugin itself is left to pytest to import: what is imported before does not get its assertions explained.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gpufleet
from gpufleet.report.model import AS_DECLARED, BY_SIGNAL, RUN_FAILED, USAGE
from gpufleet.report.outputs import NOWHERE, OutputError, Outputs, prepare, write
from gpufleet.run.revision import revision
from gpufleet.verify.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

SHOWS_OUTCOME = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}
"""How pytest ends when what it found out stands."""


class Launch:
    """A pytest plugin that keeps what `exit_code` needs to know about the run."""

    def __init__(self, tests: Path) -> None:
        self.tests = tests
        self.outcome = Outcome()
        self.signal: int | None = None
        self.ran = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: pytest.Config, args: list[str]) -> None:
        """Run all of tests/verify when no test is named."""
        if not early_config.known_args_namespace.file_or_dir:
            args.append(str(self.tests))
            early_config.known_args_namespace.file_or_dir = [str(self.tests)]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Note where the outcome will be."""
        self.outcome = session.config.pluginmanager.getplugin("gpufleet-reporting").outcome

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Note that tests are run and not only listed."""
        self.ran = not session.config.option.collectonly

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Tell an interruption from outside from pytest's own ways to stop."""
        if excinfo.type is KeyboardInterrupt:
            self.signal = self.signal or signal.SIGINT

    def exit_code(self, status: int) -> int:
        """Turn pytest's exit code into the one of gpufleet.

        Args:
            status: what pytest returned.

        Returns:
            0 all as declared · 2 a test failed · 4 a host was not reached · 6 both · 1 nothing was verified, or the
            run itself failed · 64 wrong usage · 130, 143 interrupted by SIGINT, SIGTERM.
        """
        if self.signal is not None:
            return BY_SIGNAL + self.signal
        if status == pytest.ExitCode.USAGE_ERROR:
            return USAGE
        if status == pytest.ExitCode.OK and not self.ran:
            return AS_DECLARED
        return self.outcome.exit_code if status in SHOWS_OUTCOME else RUN_FAILED

    def shows(self, status: int) -> bool:
        """Whether there is something to report: a run that failed itself says nothing about the hosts.

        Args:
            status: what pytest returned.
        """
        return self.signal is not None or (self.ran and status in SHOWS_OUTCOME)


def verify(inventory: str | None, limits: Sequence[str], arguments: Sequence[str], outputs: Outputs = NOWHERE) -> int:
    """Verify hosts.

    Args:
        inventory: as pyinfra takes it; None for inventory.py of the checkout.
        limits: groups, hosts or patterns; none for all hosts.
        arguments: further arguments for pytest.
        outputs: where reports go besides pytest's own. Where one goes to stdout, pytest writes to stderr.

    Returns:
        The exit code, as `Launch.exit_code` says.
    """
    top = checkout()
    launch = Launch(top / "tests" / "verify")
    options = ["-p", "gpufleet.verify.plugin", f"--rootdir={top}", f"--config-file={top / 'pyproject.toml'}"]
    options += ["--tb=short", *([f"--inventory={inventory}"] if inventory else [])]
    options += [f"--limit={limit}" for limit in limits]
    started, clock = datetime.now(UTC), time.monotonic()
    try:
        prepare(outputs)
        with _stdout_kept_for(outputs):
            status = _run_pytest(launch, [*options, *arguments])
        if outputs != NOWHERE and launch.shows(status):
            report = launch.outcome.report(inventory or "inventory.py", started, interrupted=launch.signal)
            report = replace(report, limits=tuple(limits), seconds=time.monotonic() - clock, revision=revision(top))
            write(report, outputs, shown=True)
    except OutputError as error:
        sys.stderr.write(f"gpufleet: {error}\n")
        return RUN_FAILED
    return launch.exit_code(status)


def _run_pytest(launch: Launch, arguments: Sequence[str]) -> int:
    with _terminable(launch):
        try:
            return int(pytest.main(list(arguments), [launch]))
        except KeyboardInterrupt:
            launch.signal = launch.signal or signal.SIGINT
            return int(pytest.ExitCode.INTERRUPTED)


@contextmanager
def _stdout_kept_for(outputs: Outputs) -> Iterator[None]:
    """Where a report goes to stdout, let everything else go to stderr, whoever writes it."""
    if not outputs.on_stdout:
        yield
        return
    kept = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, sys.stdout.fileno())
        os.close(kept)


def checkout() -> Path:
    """The folder with tests/verify: where this package was installed from, else the current one."""
    installed_from = Path(gpufleet.__file__).resolve().parents[1]
    return installed_from if (installed_from / "tests" / "verify").is_dir() else Path.cwd()


@contextmanager
def _terminable(launch: Launch) -> Iterator[None]:
    """Let SIGTERM end the run as SIGINT does: what the tests made on a host is removed."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        launch.signal = number
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
