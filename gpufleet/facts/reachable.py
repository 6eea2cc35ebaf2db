"""Whether a host can fetch from an address, tried with what every apt host has."""

from __future__ import annotations

import re

from pyinfra.api import FactBase, QuoteString, StringCommand

TIMEOUT = 15
"""Seconds for a connection and for each wait for data; the whole probe ends after three times as many."""


class Reachable(FactBase[str | None]):
    """Fetch a URL through apt and throw away what came: None when it came, otherwise what apt says.

    apt's own proxies apply, as they will when it is used in earnest. Certificates are not checked here: a host without
    ca-certificates would fail at every address, and nothing that is fetched is used.
    """

    SCRIPT = (
        "trash=$(mktemp -d) || exit 0; "
        "said=$(LC_ALL=C timeout -k 5 {limit} /usr/lib/apt/apt-helper -o APT::Sandbox::User=root "
        "-o Acquire::Retries=0 -o Acquire::http::Timeout={timeout} -o Acquire::https::Timeout={timeout} "
        "-o Acquire::https::Verify-Peer=false -o Acquire::https::Verify-Host=false "
        'download-file "$1" "$trash/probe" 2>&1); code=$?; rm -rf "$trash"; '
        '[ "$code" = 0 ] && echo reachable || {{ echo "exit code $code"; printf "%s\\n" "$said"; }}'
    )

    def command(self, url: str) -> StringCommand:
        """Fetch `url`, which should be small.

        Args:
            url: http or https.
        """
        script = self.SCRIPT.format(timeout=TIMEOUT, limit=3 * TIMEOUT)
        return StringCommand("sh -c", QuoteString(script), "sh", QuoteString(url))

    def process(self, output: list[str]) -> str | None:
        """None, or the reason in apt's words."""
        if output[:1] == ["reachable"]:
            return None
        return reason(output)

    @staticmethod
    def default() -> str | None:
        """The probe itself could not run."""
        return "no temporary directory can be made on the host"


def reason(output: list[str]) -> str:
    """What apt gives as its reason, shortened to one line.

    Args:
        output: `exit code N`, then the lines that apt-helper printed.
    """
    if output[0] in {"exit code 124", "exit code 137"}:
        return f"no answer within {3 * TIMEOUT} s"
    errors = [line.removeprefix("E: ") for line in output[1:] if line.startswith("E: ")]
    said = next((line for line in errors if "Failed to fetch" in line), None) or next(iter(errors), output[0])
    return re.sub(r"^Failed to fetch \S+\s+", "", said)
