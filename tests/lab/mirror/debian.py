"""Debian's packages of any release, through an apt of our own: the machine's own apt is not touched.

The archive's address comes from the machine's apt configuration, so whatever mirror or proxy the machine uses
serves the lab too.
"""

from __future__ import annotations

import os
from functools import cache
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
Acquire::Languages "none";
Acquire::GzipIndexes "false";
Dir::Cache::pkgcache "pkgcache.bin";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


@cache
def architecture() -> str:
    """This machine's architecture as dpkg names it; images name amd64 and arm64 the same."""
    return run(["dpkg", "--print-architecture"]).strip()


class Archive:
    """Debian's releases, each with an apt state of its own, fetched when first asked for.

    Args:
        folder: where the states are kept; worthless afterwards.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def download(self, codename: str, names: Sequence[str], target: Path) -> None:
        """Put the newest .deb of each of `names` in the release `codename` into the folder `target`.

        Raises:
            CommandError: the archive cannot be reached, is not signed by Debian, or lacks a package.
        """
        state = self._folder / codename
        if not (state / "apt.conf").exists():
            _prepare(state, codename)
            _apt(state, ["apt-get", "-o", "APT::Update::Error-Mode=any", "update"])
        _apt(state, ["env", "-C", str(target), "apt-get", "download", *names])


def _prepare(state: Path, codename: str) -> None:
    for name in ("lists/partial", "cache/archives/partial"):
        (state / name).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    archive = apt_sources.of_this_machine()
    source = f"deb [signed-by={archive.keyring}] {archive.uri} {codename} main\n"
    (state / "sources.list").write_text(source)
    (state / "apt.conf").write_text(CONFIGURATION.format(folder=state))


def _apt(state: Path, arguments: list[str]) -> None:
    run(arguments, env={**os.environ, "APT_CONFIG": str(state / "apt.conf")})
