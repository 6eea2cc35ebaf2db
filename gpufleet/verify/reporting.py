"""Turns pytest's reports into the outcome per host and its summary on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from gpufleet.report.line import Colour
from gpufleet.verify.backend import PyinfraBackend
from gpufleet.verify.connection import HostLostError
from gpufleet.verify.container import ContainerError
from gpufleet.verify.items import HOST, UnreachableHost, host_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from _pytest.terminal import TerminalReporter

    from gpufleet.verify.outcome import Outcome, Result

UNREACHABLE = "unreachable"
NOT_RUN = "not_run"
SIMULATED = "simulated"
RIGHT = "simulated, result right"
"""The reason that a simulated test is skipped for, and by which it is told from others."""
COLOURS = {Colour.BAD: "red", Colour.WORN: "yellow", Colour.GOOD: "green"}
"""What pytest calls them."""
NO_HOST = "no host"
"""Stands for the host of tests that take none."""
NOTE = "note"
"""A sentence about a host that its summary shows; `fixtures.note` records it."""


def simulated() -> NoReturn:
    """End a test that a simulator computed, with the right result: skipped, never passed."""
    __tracebackhide__ = True  # the report names the test's line, not this one
    pytest.skip(RIGHT)


class Reporting:
    """The part of the plugin that listens.

    What a report is about travels in its `user_properties`, which also stand in a JUnit file.
    """

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note what is to be run, so that what is not run shows."""
        for item in [] if session.config.option.collectonly else session.items:
            self.outcome.host(host_of(item) or NO_HOST).due += 1

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note which host a report is about, and that the host was lost when that is the error."""
        report = yield
        name = host_of(item)
        if name is not None:
            report.user_properties.append((HOST, name))
        error = None if call.excinfo is None else call.excinfo.value
        if isinstance(error, HostLostError):
            not_run = item.not_run if isinstance(item, UnreachableHost) else int(report.when != "teardown")
            report.user_properties += [(UNREACHABLE, str(error)), (NOT_RUN, not_run)]
        if isinstance(error, HostLostError | ContainerError):
            report.longrepr = str(error)  # where in the test it happened says nothing
        if report.skipped and getattr(error, "msg", None) == RIGHT:
            report.user_properties.append((SIMULATED, True))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a report for its host."""
        properties = dict(report.user_properties)
        name = str(properties.get(HOST, NO_HOST))
        host = self.outcome.host(name)
        host.seconds += report.duration
        host.due -= report.when == "teardown"
        for note in (str(value) for key, value in report.user_properties if key == NOTE):
            self.outcome.add_note(name, note)
        if UNREACHABLE in properties:
            self.outcome.add_unreachable(name, str(properties[UNREACHABLE]), int(str(properties[NOT_RUN])))
        elif (result := _result(report)) is not None:
            self.outcome.add(name, result, _node(report), raised(report))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Note how much the hosts were asked."""
        for name, connection in PyinfraBackend.connections.items():
            self.outcome.host(name).commands = connection.commands

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Show a host lost in the middle of a test as an error: nothing was found out about what the test asks."""
        return ("error", "E", "ERROR") if UNREACHABLE in dict(report.user_properties) else None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> Generator[None]:
        """Print a line per host, worst first, below everything else."""
        yield
        lines = self.outcome.summary()
        if lines:
            terminalreporter.section("hosts")
        for line in lines:
            terminalreporter.write_line(line.text, **{COLOURS[line.colour]: True} if line.colour in COLOURS else {})


def _node(report: pytest.TestReport) -> str:
    """Its node id, with the file also where that is none of the checkout's."""
    return f"{report.location[0]}::{report.nodeid.partition('::')[2]}"


def raised(report: pytest.TestReport) -> str:
    """What a test failed with, without where; empty for one that did not fail."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(report.longrepr or "") if crash is None else str(crash.message)


def _result(report: pytest.TestReport) -> Result | None:
    """What a report says about its test; None for a step that went well and is not the test itself."""
    if report.skipped:
        return "simulated" if SIMULATED in dict(report.user_properties) else "skipped"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return "passed" if report.when == "call" else None
