"""A private apt in a temporary folder: asked about another machine's packages, without touching this one's."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from gpufleet.bundle.aptroot_configuration import FOLDERS, Own, configuration

if TYPE_CHECKING:
    from collections.abc import Mapping

HELPER = "/usr/lib/apt/apt-helper"
NOT_TEXT = "surrogateescape"
"""How bytes that are no UTF-8 go through: there are such names of maintainers, and apt takes them as they are."""
_LAST_LINES = 12


class AptError(RuntimeError):
    """apt cannot do it; the message says why, in its own words where they are known, and what to do."""


class AptRoot:
    """A private apt.

    Args:
        root: an empty folder, which somebody else removes.
        archives: folder for the packages that it downloads; made where it is missing.
        architecture: of the packages.

    Raises:
        AptError: there is no apt on this machine.
    """

    def __init__(self, root: Path, archives: Path, architecture: str) -> None:
        if shutil.which("apt-get") is None or not Path(HELPER).exists():
            raise AptError(
                "there is no apt on this machine (apt-get): run `gpufleet bundle` on Debian or Ubuntu, or in a "
                "container of one of them"
            )
        self.root = root
        self.archives = archives
        for name in FOLDERS:
            (root / name).mkdir(parents=True, exist_ok=True)
        (archives / "partial").mkdir(parents=True, exist_ok=True)
        self._own = _own_places()
        dump = _output(["apt-config", "dump"], dict(os.environ))
        file = root / "apt.conf"
        file.touch(mode=0o600)  # proxies may hold passwords
        file.write_text(configuration(self._own, dump, root.resolve(), archives.resolve(), architecture))
        self._environment = {**os.environ, "APT_CONFIG": str(file), "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        self.set_status("")

    def set_status(self, text: str) -> None:
        """Say what is installed there.

        Args:
            text: of dpkg's status file.
        """
        (self.root / "var/lib/dpkg/status").write_text(text, encoding="utf-8", errors=NOT_TEXT)
        # apt knows a status that it has read by its size and second, which another one may share
        (self.root / "var/cache/apt/pkgcache.bin").unlink(missing_ok=True)

    def own_sources(self) -> dict[str, str]:
        """The text of every file that this machine's own apt takes sources from, by path."""
        parts = Path(self._own.sourceparts)
        files = [Path(self._own.sourcelist), *sorted([*parts.glob("*.list"), *parts.glob("*.sources")])]
        return {str(path): path.read_text(encoding="utf-8", errors=NOT_TEXT) for path in files if path.is_file()}

    def add_sources(self, texts: Mapping[str, str]) -> None:
        """Add source files.

        Args:
            texts: by name, which ends in `.list` or `.sources`.
        """
        for name, text in texts.items():
            (self.root / "etc/apt/sources.list.d" / name).write_text(text, encoding="utf-8", errors=NOT_TEXT)

    def add_keyring(self, name: str, key: bytes) -> Path:
        """Add a keyring for sources to name.

        Args:
            name: without an ending.
            key: in binary form.
        """
        path = self.root / "keyrings" / f"{name}.gpg"
        path.write_bytes(key)
        return path.resolve()

    def nothing_downloaded(self) -> tuple[str, ...]:
        """Options that make apt take everything for missing, to tell what it takes whatever is there already."""
        empty = self.root / "nothing"
        (empty / "partial").mkdir(parents=True, exist_ok=True)
        return "-o", f"Dir::Cache::archives={empty.resolve()}/"

    def fetch(self, url: str, path: Path) -> None:
        """Download a file as apt does.

        Raises:
            AptError: it could not be had.
        """
        self.run(HELPER, "download-file", url, str(path), what=url)

    def indexes(self) -> list[Path]:
        """The package indexes that `apt-get update` has brought, in the order of the sources."""
        told = self.run("apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages")
        return [Path(line) for line in told.splitlines() if line and Path(line).exists()]

    def releases(self) -> set[tuple[str, str]]:
        """The releases that the sources hold: name of the source's file, and codename as the archive itself tells."""
        form = "$(SOURCESENTRY) $(CODENAME)"
        told = self.run("apt-get", "indextargets", "--format", form, "Created-By: Packages")
        rows = (line.rpartition(" ") for line in told.splitlines())
        return {(Path(entry).name.rpartition(":")[0], codename) for entry, _, codename in rows}

    def run(self, *command: str, what: str = "apt") -> str:
        """Run a program of apt's.

        Args:
            command: its words.
            what: is being done, for the message.

        Returns:
            What it prints.

        Raises:
            AptError: it fails.
        """
        return _output(command, self._environment, what)


def _own_places() -> Own:
    names = ("netrc/f", "netrcparts/d", "trusted/f", "trustedparts/d", "sourcelist/f", "sourceparts/d")
    asked = [word for name in names for word in (name.partition("/")[0], f"Dir::Etc::{name}")]
    told = _output(["apt-config", "shell", *asked], dict(os.environ))
    found = dict(word.split("=", 1) for word in shlex.split(told))
    return Own(**{key: found.get(key, "/nonexistent") for key in asked[::2]})


def _output(command: list[str] | tuple[str, ...], environment: dict[str, str], what: str = "apt") -> str:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, check=False)
    if done.returncode == 0:
        return done.stdout
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    said = [line for line in lines if line.startswith(("E:", "W:"))] or lines[-_LAST_LINES:]
    raise AptError(f"{what}: " + "\n  ".join(said[-_LAST_LINES:]))
