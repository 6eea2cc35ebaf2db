"""Runs pytest over tests/verify and says by an exit code how it went.

The plugin itself is left to pytest to import: what is imported before does not get its assertions explained.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gpufleet
from gpufleet.verify.outcome import OK, RUN_FAILED, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

USAGE = 64
"""sysexits.h: the command was used incorrectly."""
BY_SIGNAL = 128
"""A shell's exit code for a process that signal N ended is 128 + N."""


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

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Note that tests are run and not only listed, and where their outcome will be."""
        self.ran = not session.config.option.collectonly
        self.outcome = session.config.pluginmanager.getplugin("gpufleet-reporting").outcome

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
            return OK
        judged = status in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
        return self.outcome.exit_code if judged else RUN_FAILED


def verify(inventory: str | None, limits: Sequence[str], arguments: Sequence[str]) -> int:
    """Verify hosts.

    Args:
        inventory: as pyinfra takes it; None for inventory.py of the checkout.
        limits: groups, hosts or patterns; none for all hosts.
        arguments: further arguments for pytest.

    Returns:
        The exit code, as `Launch.exit_code` says.
    """
    top = checkout()
    launch = Launch(top / "tests" / "verify")
    options = ["-p", "gpufleet.verify.plugin", f"--rootdir={top}", f"--config-file={top / 'pyproject.toml'}"]
    options += ["--tb=short", *([f"--inventory={inventory}"] if inventory else [])]
    options += [f"--limit={limit}" for limit in limits]
    with _terminable(launch):
        try:
            status = int(pytest.main([*options, *arguments], [launch]))
        except KeyboardInterrupt:
            launch.signal = launch.signal or signal.SIGINT
            status = int(pytest.ExitCode.INTERRUPTED)
    return launch.exit_code(status)


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
