"""The keyrings that apt trusts for every repository, and who signed the repositories that it knows."""

from __future__ import annotations

import base64

from pyinfra.api import FactBase

TRUSTED = "/etc/apt/trusted.gpg"
LISTS = "/var/lib/apt/lists"


class GlobalKeyrings(FactBase[dict[str, bytes]]):
    """The bytes of each, by path, less those of the distribution's own keyring packages."""

    SCRIPT = (
        f"for file in {TRUSTED} {TRUSTED}.d/*.gpg {TRUSTED}.d/*.asc; do "
        'case ${file##*/} in debian-archive-* | ubuntu-keyring-*) continue ;; esac; [ ! -f "$file" ] || '
        '{ base64 -w 0 <"$file"; printf " %s\\n" "$file"; }; done'
    )

    def command(self) -> str:
        """Print every keyring, encoded."""
        return self.SCRIPT

    def process(self, output: list[str]) -> dict[str, bytes]:
        """Decode the files."""
        return decoded(output)

    @staticmethod
    def default() -> dict[str, bytes]:
        """None."""
        return {}


class SignedLists(FactBase[dict[str, bytes]]):
    """The signature of each repository whose lists apt has, by the name of the file that it lies in."""

    SCRIPT = (
        f"for file in {LISTS}/*InRelease {LISTS}/*Release.gpg; do "
        '[ ! -f "$file" ] || { sed -n "/BEGIN PGP SIGNATURE/,/END PGP SIGNATURE/p" "$file" | base64 -w 0; '
        'printf " %s\\n" "${file##*/}"; }; done'
    )

    def command(self) -> str:
        """Print every signature, encoded."""
        return self.SCRIPT

    def process(self, output: list[str]) -> dict[str, bytes]:
        """Decode the signatures."""
        return decoded(output)

    @staticmethod
    def default() -> dict[str, bytes]:
        """None."""
        return {}


def decoded(output: list[str]) -> dict[str, bytes]:
    """By name, the content that stands before it in base64."""
    rows = (line.split(" ", 1) for line in output)
    return {name: base64.b64decode(text) for text, name in rows}
