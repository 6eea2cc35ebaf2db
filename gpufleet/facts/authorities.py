"""Certificate authorities that gpufleet has added to a host's own."""

from __future__ import annotations

from pyinfra.api import FactBase

FOLDER = "/usr/local/share/ca-certificates"
PREFIX = "managed-by-gpufleet-"
ASIDE = ".removed"
"""Ends the name of a file that was set aside until the host trusts it no more."""
LINKS = "/etc/ssl/certs"
BUNDLE = f"{LINKS}/ca-certificates.crt"


class AddedAuthorities(FactBase[dict[str, str]]):
    """By name, the SHA-256 of each authority that we added and that the host does trust, else what it lacks.

    A killed run leaves one whose link in /etc/ssl/certs is missing; or the bundle, which Go, dockerd and apt read,
    without it or with its former content; or one that was set aside and is still in the bundle.
    update-ca-certificates copies files into the bundle as they are: a certificate is there when all its lines are.
    """

    SCRIPT = (
        f"for file in {FOLDER}/{PREFIX}*.crt {FOLDER}/{PREFIX}*.crt{ASIDE}; do "
        '[ -e "$file" ] || continue; name=${file##*/}; '
        f'if [ "${{name%{ASIDE}}}" != "$name" ]; then lacks="to be taken away"; '
        f'elif [ ! -e "{LINKS}/${{name%.crt}}.pem" ]; then lacks="not trusted yet"; '
        f'elif ! [ -s "{BUNDLE}" ] || LC_ALL=C grep -aqvxFf "{BUNDLE}" "$file"; then lacks="not in {BUNDLE}"; '
        'else sha256sum "$file"; continue; fi; printf "%s  %s\\n" "$lacks" "$file"; done'
    )

    def command(self) -> str:
        """List our authorities."""
        return self.SCRIPT

    def process(self, output: list[str]) -> dict[str, str]:
        """Parse sha256sum's lines, and those in their manner that say what one lacks."""
        found: dict[str, str] = {}
        for line in output:
            said, _, path = line.partition("  ")
            name = path.rpartition("/")[2].removeprefix(PREFIX).removesuffix(ASIDE).removesuffix(".crt")
            found.setdefault(name, said)
        return found

    @staticmethod
    def default() -> dict[str, str]:
        """None of ours."""
        return {}
