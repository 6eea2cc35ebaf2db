"""What apt and dpkg know about a host: packages, holds, candidates, sources. Nothing here asks a network."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from pyinfra.api import FactBase, FactProcessError, QuoteString, StringCommand


@dataclass(frozen=True)
class Package:
    """An apt package as it is on a host.

    Attributes:
        version: of what is installed; None when it is not.
        broken: what dpkg has left undone (`half-configured`), None when nothing.
        held: apt-mark hold is set.
        changed: when dpkg last changed its files, in seconds since the epoch; makes no package another one.
    """

    version: str | None = None
    broken: str | None = None
    held: bool = False
    changed: float | None = field(default=None, compare=False)


class AptPackages(FactBase[dict[str, Package]]):
    """The state of the named packages; one that dpkg has never heard of has no entry."""

    QUERY = "dpkg-query -W -f '${Package} ${db:Status-Want} ${db:Status-Status} ${Version} ${db-fsys:Last-Modified}\\n'"

    def command(self, packages: list[str]) -> StringCommand:
        """Ask dpkg for `packages`."""
        return StringCommand(self.QUERY, *map(QuoteString, packages), "2>/dev/null; echo end-of-packages")

    def process(self, output: list[str]) -> dict[str, Package]:
        """One entry per line; a package that dpkg does not know has no line."""
        if output[-1:] != ["end-of-packages"]:
            raise FactProcessError(f"dpkg-query did not end well: {output[-3:]}")
        rows = (line.split(" ") for line in output[:-1])
        return {name: package_state(*words) for name, *words in rows}

    @staticmethod
    def default() -> dict[str, Package]:
        """A host that could not be asked: pyinfra has failed it already, and runs nothing more there."""
        return {}


def package_state(want: str, status: str, version: str, changed: str = "") -> Package:
    """A package from the words that dpkg has for it.

    Args:
        want: `install`, `hold`, `deinstall`, `purge` or `unknown`.
        status: `installed`, `half-configured`, `config-files`, `not-installed`, …
        version: empty when dpkg knows none.
        changed: seconds since the epoch; empty when it has no files.
    """
    time = float(changed) if changed.isdecimal() else None
    if status in {"not-installed", "config-files"}:
        return Package(held=want == "hold", changed=time)
    return Package(version, None if status == "installed" else status, want == "hold", time)


class AptCandidates(FactBase[dict[str, str]]):
    """The version that apt would install, by package; a package without one (or without lists) has no entry."""

    def command(self, packages: list[str]) -> StringCommand:
        """Ask apt's cache for `packages`."""
        return StringCommand("LC_ALL=C apt-cache policy", *(QuoteString(name) for name in packages))

    def process(self, output: list[str]) -> dict[str, str]:
        """Parse apt-cache's indented report."""
        found: dict[str, str] = {}
        name = ""
        for line in output:
            if line and not line.startswith(" "):
                name = line.rstrip(":")
            elif line.startswith("  Candidate: ") and not line.endswith("(none)"):
                found[name] = line.removeprefix("  Candidate: ")
        return found

    @staticmethod
    def default() -> dict[str, str]:
        """Without any list apt prints nothing."""
        return {}


class AptSourceFiles(FactBase[dict[str, str]]):
    """The text of every file that apt takes sources from, by path."""

    SCRIPT = (
        "for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do "
        '[ ! -f "$file" ] || { base64 -w 0 <"$file"; printf " %s\\n" "$file"; }; done'
    )

    def command(self) -> str:
        """Print every source file, encoded."""
        return self.SCRIPT

    def process(self, output: list[str]) -> dict[str, str]:
        """Decode the files."""
        rows = (line.split(" ", 1) for line in output)
        return {path: base64.b64decode(text).decode(errors="surrogateescape") for text, path in rows}

    @staticmethod
    def default() -> dict[str, str]:
        """A host without any source file."""
        return {}
