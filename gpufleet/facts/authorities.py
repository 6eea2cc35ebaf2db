"""Certificate authorities that gpufleet has added to a host's own."""

from __future__ import annotations

from pyinfra.api import FactBase

FOLDER = "/usr/local/share/ca-certificates"
PREFIX = "managed-by-gpufleet-"


class AddedAuthorities(FactBase[dict[str, str]]):
    """By name, the SHA-256 of each authority that we added and that the host does trust.

    One whose link in /etc/ssl/certs is missing, as after a killed run, is not trusted yet and has no entry.
    """

    SCRIPT = (
        f"for file in {FOLDER}/{PREFIX}*.crt; do name=${{file##*/}}; "
        '[ ! -e "$file" ] || { [ ! -e "/etc/ssl/certs/${name%.crt}.pem" ] || sha256sum "$file"; '
        'printf "%s\\n" "$file"; }; done'
    )

    def command(self) -> str:
        """List our authorities."""
        return self.SCRIPT

    def process(self, output: list[str]) -> dict[str, str]:
        """Parse sha256sum's lines, behind each the name of its file, alone where it lacks trust."""
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
