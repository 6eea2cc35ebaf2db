"""Read containerd and its configuration, and what nvidia-ctk would add to that; nothing here changes anything."""

from __future__ import annotations

from typing import Any

from pyinfra.api import FactBase, FactProcessError, QuoteString, StringCommand

from gpufleet.containerd.effect import PLUGINS, RUNTIME
from gpufleet.containerd.reading import containerd_state
from gpufleet.containerd.state import ContainerdState
from gpufleet.containerd.toml_text import TomlTextError, at, parse
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.scripts import script
from gpufleet.platform.report import ReportError


class Containerd(FactBase[ContainerdState]):
    """containerd, its files and what it makes of them."""

    def command(self, trial: str = "", *, remembered: bool = False) -> StringCommand:
        """The reading script.

        Args:
            trial: path of a configuration to be tried instead of the present one: its dump is read.
            remembered: ask nothing where no change of ours is remembered.
        """
        text = script("report.sh") + script("dockerd.sh") + script("containerd.sh")
        scope = "remembered" if remembered else ""
        return StringCommand("sh -c", QuoteString(text), "sh", QuoteString(trial), QuoteString(scope))

    def process(self, output: list[str]) -> ContainerdState:
        """Parse the script's output."""
        try:
            return containerd_state(output)
        except (ReportError, ValueError) as error:
            raise FactProcessError(str(error)) from error

    @staticmethod
    def default() -> ContainerdState:
        """A host that could not be asked: whatever would change something refuses."""
        return ContainerdState(file=Unreadable("the host could not be asked"))


class ContainerdRuntime(FactBase[dict[str, Any] | Unreadable | None]):
    """The runtime `nvidia` as `nvidia-ctk runtime configure --runtime=containerd` would write it where nothing is.

    A dry run on a file that does not exist, so nothing is written. None where there is no nvidia-ctk. It prints two
    files, ours first; the other one begins with its imports.
    """

    SCRIPT = (
        "PATH=$PATH:/usr/local/bin:/usr/bin; command -v nvidia-ctk >/dev/null || { echo absent; exit 0; }; "
        "timeout 30 nvidia-ctk --quiet runtime configure --runtime=containerd --dry-run "
        '--config=/run/gpufleet/absent.toml 2>/dev/null || echo "exit code $?"'
    )

    def command(self) -> str:
        """Ask nvidia-ctk."""
        return self.SCRIPT

    def process(self, output: list[str]) -> dict[str, Any] | Unreadable | None:
        """Take the runtime out of what would be written."""
        if output == ["absent"]:
            return None
        text = "\n".join(["", *output]).partition("\nimports = ")[0]
        try:
            entry = at(parse(text.encode()), "plugins", PLUGINS[2], "containerd", "runtimes", RUNTIME)
        except TomlTextError:
            entry = None
        if isinstance(entry, dict) and at(entry, "options", "BinaryName"):
            return entry
        return Unreadable(f"nvidia-ctk says: {' '.join(output)[:300]}")
