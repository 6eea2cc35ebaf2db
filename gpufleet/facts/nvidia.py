"""What NVIDIA's own programs on a host say; none of these commands changes anything."""

from __future__ import annotations

import json
from typing import Any

from pyinfra.api import FactBase

from gpufleet.facts.answer import Unreadable


class NvidiaRuntime(FactBase[dict[str, Any] | Unreadable | None]):
    """The entry `runtimes.nvidia` that `nvidia-ctk runtime configure` would write into an empty daemon.json.

    A dry run on a file that does not exist, so nothing is written. None where there is no nvidia-ctk.
    """

    SCRIPT = (
        "PATH=$PATH:/usr/local/bin:/usr/bin; command -v nvidia-ctk >/dev/null || { echo absent; exit 0; }; "
        "timeout 30 nvidia-ctk runtime configure --runtime=docker --dry-run --config=/run/gpufleet/absent.json 2>&1 "
        '|| echo "exit code $?"'
    )

    def command(self) -> str:
        """Ask nvidia-ctk."""
        return self.SCRIPT

    def process(self, output: list[str]) -> dict[str, Any] | Unreadable | None:
        """Take the entry out of what would be written; log lines stand around it."""
        if output == ["absent"]:
            return None
        text = "\n".join(output)
        try:
            entry = json.loads(text[text.index("{") : text.rindex("}") + 1])["runtimes"]["nvidia"]
        except (ValueError, KeyError, TypeError):
            return Unreadable(f"nvidia-ctk says: {' '.join(output)[:300]}")
        return dict(entry)
