"""Debian's packages of any release, through an apt of our own: the machine's own apt is not touched.

The archive's address comes from the machine's apt configuration, so whatever mirror or proxy the machine uses
serves the lab too.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab import apt_sources
from tests.lab.command import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# The machine's proxies and certificates stay in force; its sources, pins and hooks do not.
CONFIGURATION = """\
Dir::State "{folder}";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
APT::Sandbox::User "root";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


@dataclass(frozen=True)
class Release:
    """One Debian release with an apt state of its own.

    Attributes:
        codename: `trixie`, `bookworm`.
        folder: where this apt keeps its state.
    """

    codename: str
    folder: Path

    @classmethod
    def fetch(cls, codename: str, folder: Path) -> Release:
        """The release `codename`, its lists fetched into `folder`.

        Raises:
            CommandError: the archive cannot be reached, or is not signed by Debian.
        """
        release = cls(codename, folder)
        release._prepare()
        return release

    def _prepare(self) -> None:
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        archive = apt_sources.of_this_machine()
        source = f"deb [signed-by={archive.keyring}] {archive.uri} {self.codename} main\n"
        (self.folder / "sources.list").write_text(source)
        (self.folder / "apt.conf").write_text(CONFIGURATION.format(folder=self.folder))
        self._apt(["apt-get", "-o", "APT::Update::Error-Mode=any", "update"])

    def download(self, names: Sequence[str], target: Path) -> None:
        """Put the newest .deb of each of `names` into the folder `target`."""
        self._apt(["env", "-C", str(target), "apt-get", "download", *names])

    def download_all(self, names: Sequence[str], target: Path) -> None:
        """Put `names` and everything they depend on into the folder `target`."""
        (target / "partial").mkdir()
        keep = ["-o", f"Dir::Cache::archives={target}", "--download-only", "--no-install-recommends", "-y"]
        self._apt(["apt-get", *keep, "install", *names])

    def _apt(self, arguments: list[str]) -> str:
        return run(arguments, env={**os.environ, "APT_CONFIG": str(self.folder / "apt.conf")})
