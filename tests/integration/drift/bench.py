"""The host that single changes are tried on, one after the other: thrown away when one leaves it in disorder."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.integration.checked import Checked, applied, checked
from tests.integration.drift.case import do
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.drift.case import Case, Change
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

DAEMON: dict[str, object] = {"max-concurrent-downloads": 5, "log-opts": {"max-size": "50m"}}
PINNED = "dpkg-query -W -f '${Version}' docker-ce"


@dataclass
class Bench:
    """A converged host with a simulated GPU.

    Attributes:
        lab: where it is.
        snapshot: what it is copied from.
        folder: for copies of the checkout.
        declared: what the host is in sync with, besides `settings`.
    """

    lab: Lab
    snapshot: str
    folder: Path
    declared: dict[str, Any] = field(default_factory=dict)
    _host: LabHost | None = None
    _version: str = ""
    _given: Change | None = None

    @contextmanager
    def host(self, case: Case) -> Iterator[LabHost]:
        """A host in sync with what a case declares; gone when what is done with it fails."""
        try:
            if self._given != case.given:
                self.close()
            host = self._host or self._begin(case)
            if self.declared != dict(case.settings):
                self._sync(dict(case.settings))
            yield host
        except BaseException:
            self.close()
            raise

    def settings(self, **further: object) -> dict[str, object]:
        """What is declared, so that there is something of each kind that can be changed."""
        return {
            "docker_engine_version": self._version,
            "docker_engine_users": ["ops"],
            "docker_engine_daemon": DAEMON,
            "docker_engine_certificate_authorities": [str(self.lab.mirror.ca_certificate)],
            **further,
        }

    def check(self, case: Case) -> Checked:
        """`gpufleet check` with what a case declares by now."""
        return checked(self._inventory(case), checkout=self._checkout(case))

    def apply(self, case: Case) -> Checked:
        """`gpufleet apply` with the same."""
        self.declared = {**case.settings, **case.redeclared, **case.edits}
        return applied(self._inventory(case), checkout=self._checkout(case))

    def close(self) -> None:
        """Throw the host away; the next case gets another one."""
        if self._host is not None:
            self._host.destroy()
        self._host = None

    def _begin(self, case: Case) -> LabHost:
        self._host = host = self.lab.host(from_snapshot=self.snapshot)
        self._version, self._given = host.ssh(PINNED).stdout, case.given
        do(case.given, host)
        self._sync(dict(case.settings))
        return host

    def _sync(self, settings: dict[str, object]) -> None:
        assert self._host
        done = applied(self.lab.inventory([self._host], **self.settings(**settings)))
        assert done.status == 0, done.words
        self.declared = settings

    def _inventory(self, case: Case) -> Path:
        assert self._host
        return self.lab.inventory([self._host], **self.settings(**{**case.settings, **case.redeclared}))

    def _checkout(self, case: Case) -> Path:
        return edited_copy(self.folder / case.name.replace(" ", "-"), case.edits) if case.edits else CHECKOUT


def edited_copy(folder: Path, edits: Any) -> Path:
    """A copy of what git tracks, with something put at the end of some files; made once."""
    if folder.exists():
        return folder
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, folder / name)
    for name, text in edits.items():
        with (folder / name).open("a") as file:
            file.write(text)
    return folder
