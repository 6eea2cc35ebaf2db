"""Certificate authorities that gpufleet has added to a host's own."""

from __future__ import annotations

from pyinfra.api import FactBase, QuoteString, StringCommand

FOLDER = "/usr/local/share/ca-certificates"
PREFIX = "managed-by-gpufleet-"


class AddedAuthorities(FactBase[dict[str, str]]):
    """By name, the SHA-256 of each authority that we added and that the host does trust.

    One whose link in /etc/ssl/certs is missing, as after a killed run, is not trusted yet and has no entry.
    """

    SCRIPT = (
        f"for file in {FOLDER}/{PREFIX}*.crt; do name=${{file##*/}}; "
        '[ -e "$file" ] && [ -e "/etc/ssl/certs/${name%.crt}.pem" ] && sha256sum "$file"; done; '
        f"ls {FOLDER}/{PREFIX}*.crt 2>/dev/null; true"
    )

    def command(self) -> StringCommand:
        """List our authorities."""
        return StringCommand("sh -c", QuoteString(self.SCRIPT))

    def process(self, output: list[str]) -> dict[str, str]:
        """Parse sha256sum's lines, then the names of files that may lack trust."""
        found: dict[str, str] = {}
        for line in output:
            digest, _, path = line.rpartition("  ")
            name = path.rpartition("/")[2].removeprefix(PREFIX).removesuffix(".crt")
            found.setdefault(name, digest or "not trusted yet")
        return found

    @staticmethod
    def default() -> dict[str, str]:
        """None of ours."""
        return {}
