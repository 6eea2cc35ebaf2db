"""The keyrings that apt trusts for every repository, and who signed the repositories that it knows."""

from __future__ import annotations

import base64
from typing import ClassVar

from pyinfra.api import FactBase

TRUSTED = "/etc/apt/trusted.gpg"
LISTS = "/var/lib/apt/lists"


class _NamedContents(FactBase[dict[str, bytes]]):
    """Contents by their names: a script prints each in base64, with its name behind it."""

    SCRIPT: ClassVar[str]

    def command(self) -> str:
        """Print every content."""
        return self.SCRIPT

    def process(self, output: list[str]) -> dict[str, bytes]:
        """Decode them."""
        return decoded(output)

    @staticmethod
    def default() -> dict[str, bytes]:
        """None."""
        return {}


class GlobalKeyrings(_NamedContents):
    """The bytes of each, by path, less those of the distribution's own keyring packages."""

    SCRIPT = (
        f"for file in {TRUSTED} {TRUSTED}.d/*.gpg {TRUSTED}.d/*.asc; do "
        'case ${file##*/} in debian-archive-* | ubuntu-keyring-*) continue ;; esac; [ ! -f "$file" ] || '
        '{ base64 -w 0 <"$file"; printf " %s\\n" "$file"; }; done'
    )


class SignedLists(_NamedContents):
    """The signature of each repository whose lists apt has, by the name of the file that it lies in."""

    SCRIPT = (
        f"for file in {LISTS}/*InRelease {LISTS}/*Release.gpg; do "
        '[ ! -f "$file" ] || { sed -n "/BEGIN PGP SIGNATURE/,/END PGP SIGNATURE/p" "$file" | base64 -w 0; '
        'printf " %s\\n" "${file##*/}"; }; done'
    )


def decoded(output: list[str]) -> dict[str, bytes]:
    """By name, the content that stands before it in base64."""
    rows = (line.split(" ", 1) for line in output)
    return {name: base64.b64decode(text) for text, name in rows}
