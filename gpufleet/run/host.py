"""One host of a run: connected, judged, changed, judged again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from gpufleet.become import escalation
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.platform import PlatformFacts
from gpufleet.facts.together import expect
from gpufleet.notice import COLLECTED
from gpufleet.platform.compared import compared
from gpufleet.report.model import HostReport
from gpufleet.run.asking import LostError
from gpufleet.run.connect import connect
from gpufleet.run.declared import ROLES
from gpufleet.run.execute import execute
from gpufleet.run.judge import judge
from gpufleet.run.judgement import BOOKKEEPING
from gpufleet.run.no_connection import explain
from gpufleet.run.reading import BatchedConnector
from gpufleet.run.registered import register
from gpufleet.run.seen import ALWAYS, Execution, Seen, host_report
from gpufleet.run.shell_ahead import open_ahead
from gpufleet.stamp import parse
from gpufleet.state import IN_PROGRESS, STAMP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyinfra.api import Host


OWN: tuple[tuple[Any, dict[str, object]], ...] = (
    (FileContent, {"path": STAMP}),
    (FileContent, {"path": IN_PROGRESS}),
    (PlatformFacts, {}),
)
"""What a run asks about a host for itself."""


class HostRun:
    """What one run does on one host, and what has come of it so far.

    Args:
        host: the host.
        number: its place among those of the run.
        deploy: path of deploy.py.
        roles: limits the items; empty for all.
        removes: the deploy takes back what another one did: its items are not those that the stamp speaks of, and what
            it has to say of what stays is still worth saying when there is nothing left to go by.
    """

    def __init__(self, host: Host, number: int, deploy: Path, roles: frozenset[str], *, removes: bool = False) -> None:
        self.host = host
        self._number = number
        self._deploy = deploy
        self._roles = roles
        self._removes = removes
        self._seen = Seen(remedy="remove" if removes else "apply")
        self._connector: BatchedConnector | None = None
        self._began: float | None = None

    def check(self) -> None:
        """Connect and judge every item. The host is pyinfra's current one."""
        self._work(self._examine)

    def apply(self, say: Callable[[str], None]) -> None:
        """Connect, judge, execute what is called for, and judge again where something was done.

        Args:
            say: told of each item that acts, as it begins.
        """

        def all_of_it(connector: BatchedConnector) -> None:
            self._examine(connector)
            judgements = self._seen.judgements
            if any(one.acts for one in judgements):
                self._seen.execution = Execution(stamp=self._seen.stamp)
                execute(self.host, connector, judgements, self._seen.execution, say)
                connector.forget()
                self._examine(connector)

        self._work(all_of_it)

    def report(self) -> HostReport:
        """What is known of the host now."""
        if self._began and not self._seen.ended:
            self._seen.seconds = time.monotonic() - self._began
        name, commands = self.host.name, self._connector.commands if self._connector else 0
        try:
            notices = tuple(self.host.connector_data.get(COLLECTED, ()))
            return host_report(name, self._seen, self._roles, notices, commands)
        except Exception as error:  # noqa: BLE001 - whatever it is, it may not cost the others their report
            return HostReport(name=name, why=f"no report could be made: {type(error).__name__}: {error}")

    def _work(self, work: Callable[[BatchedConnector], None]) -> None:
        """Do it with the connected host; whatever goes wrong is this host's own."""
        self._began = time.monotonic()
        try:
            connect(self.host)
        except Exception as error:  # noqa: BLE001 - whatever keeps a host from being reached
            self._seen.why, self._seen.way_out = explain(self.host, error)
        else:
            open_ahead(self.host)
            self._connector = BatchedConnector(self.host)
            self.host.connector = self._connector  # type: ignore[assignment]
            try:
                work(self._connector)
            except LostError as error:
                self._seen.why = str(error)
            except Exception as error:  # noqa: BLE001 - deploy code may raise anything
                cause = getattr(error, "exception", error)  # pyinfra's wrapper around what a file raised
                self._seen.why = f"{self._deploy.name}: {type(cause).__name__}: {cause}"
        self._seen.ended = True
        self._seen.seconds = time.monotonic() - self._began

    def _examine(self, connector: BatchedConnector) -> None:
        data = self.host.connector_data
        data[COLLECTED] = data.get(COLLECTED, {}) if self._removes else {}
        data[ROLES] = self._roles
        with connector.reads():
            expect(*OWN)
            items = register(self.host.state, self.host, self._number, self._deploy)
            expect(*OWN)  # once more, now that it is known who may read them
            root = escalation()
            stamp, mark, platform = (self.host.get_fact(fact, **wanted, **root) for fact, wanted in OWN)
        known = isinstance(stamp, FileState) and not self._removes
        self._seen.stamp = parse(stamp.content) if known else None
        self._seen.in_progress, self._seen.facts = mark is not None, compared(platform)
        wanted = [item for item in items if not self._roles or item.role in {*self._roles, ALWAYS, BOOKKEEPING}]
        self._seen.judgements = judge(self.host, connector, wanted)
