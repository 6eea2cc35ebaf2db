"""What apt itself makes of a host's sources and keyrings, in words for what is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gpufleet.apt.openpgp import KeyringError, fingerprint
from gpufleet.apt.sources import repository_name
from gpufleet.apt.versions import fits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testinfra.host import Host

WRITABLE_BY_OTHERS = 0o022
READABLE_BY_ALL = 0o004
UNCHECKED = ("Trusted", "Allow-")
"""Fields of a source that switch checks off (sources.list(5))."""


def keyring_faults(host: Host, path: str, pinned: str) -> list[str]:
    """What is wrong with a keyring; empty when it holds the pinned key alone and nobody but root can change it.

    Args:
        host: where it lies.
        path: of the file.
        pinned: the primary key's fingerprint. Another spelling of the same key (armored, binary) is as good.
    """
    keyring = host.file(path)
    if not keyring.is_file:
        return [f"{path} is not there"]
    faults = [fault for fault in [_other_key(keyring.content, pinned)] if fault]
    if (keyring.user, keyring.mode & WRITABLE_BY_OTHERS) != ("root", 0):
        faults.append("somebody besides root can change it")
    if not keyring.mode & READABLE_BY_ALL:
        faults.append("apt's own user cannot read it")
    return faults


def source_faults(host: Host, path: str, keyring: str) -> list[str]:
    """What is wrong with a deb822 source: another keyring than that one, or checks switched off."""
    source = host.file(path)
    lines = source.content_string.splitlines() if source.is_file else []
    faults = [] if f"Signed-By: {keyring}" in lines else [f"{path} does not name {keyring}"]
    return faults + [f"{path}: {line}" for line in lines if line.startswith(UNCHECKED)]


def indexes(host: Host, repository: str) -> tuple[list[str], str]:
    """The addresses below a repository that `apt-get update` would ask.

    As apt itself reads all its sources, so a second entry would show, in whatever file and form: apt warns of one that
    stands twice, and refuses two that differ.

    Args:
        host: whose apt.
        repository: its URL; `http`, a password and the like make no other repository of it.

    Returns:
        The addresses, and what apt complained of.
    """
    read = host.run("apt-get --print-uris update")
    below = f"{repository_name(repository)}/"
    found = [
        uri for uri in re.findall(r"^'(\S+)'", read.stdout, re.MULTILINE) if repository_name(uri).startswith(below)
    ]
    return found, read.stderr


def not_pinned(host: Host, packages: Sequence[str], version: str) -> list[str]:
    """Packages that are not installed in a version, or are not held in it, each with what it is instead.

    Args:
        host: where they are to be.
        packages: their names.
        version: all of it, or as much as is declared (`versions.fits`).
    """
    held = host.check_output("apt-mark showhold").split()
    found = {name: _installed(host, name) for name in packages}
    wrong = [f"{name} is {there or 'not installed'}" for name, there in found.items() if not fits(there, version)]
    return wrong + [f"{name} is not held" for name in packages if name not in held]


def _installed(host: Host, name: str) -> str:
    package = host.package(name)
    return str(package.version) if package.is_installed else ""


def _other_key(content: bytes, pinned: str) -> str | None:
    try:
        found = fingerprint(content)
    except KeyringError as error:
        return str(error)
    return None if found == pinned else f"it holds the key {found}"
