"""The kinds of hosts that a bundle can be for, and which of them this machine is. Pure."""

from __future__ import annotations

import shlex
from difflib import get_close_matches

from gpufleet.bundle.wanted import Target

RELEASES = (
    Target("debian", "12", "bookworm"),
    Target("debian", "13", "trixie"),
    Target("ubuntu", "22.04", "jammy"),
    Target("ubuntu", "24.04", "noble"),
    Target("ubuntu", "26.04", "resolute"),
)
"""Those that role platform supports."""
ARCHITECTURES = ("amd64", "arm64")


class UnknownTargetError(ValueError):
    """There is no such distribution or architecture; the message holds the nearest name."""


def target(name: str, architecture: str) -> Target:
    """The kind of host that the command line names.

    Args:
        name: distribution and version, `debian13`; small and capital letters, blanks and hyphens make no difference,
            and a release's codename will do.
        architecture: as dpkg names it.

    Raises:
        UnknownTargetError: there is none of that name.
    """
    if architecture not in ARCHITECTURES:
        raise UnknownTargetError(f"--architecture {architecture}: there are {', '.join(ARCHITECTURES)}")
    compact = name.lower().replace(" ", "").replace("-", "")
    for each in RELEASES:
        if compact in {each.name, each.codename}:
            return Target(each.distribution, each.version, each.codename, architecture)
    names = [each.name for each in RELEASES]
    nearest = get_close_matches(compact, names, n=1)
    hint = f"did you mean {nearest[0]}? There are {', '.join(names)}" if nearest else f"there are {', '.join(names)}"
    raise UnknownTargetError(f"--for {name}: no such distribution; {hint}")


def is_this_machine(wanted: Target, os_release: str) -> bool:
    """Whether this machine is of that distribution and release.

    Args:
        wanted: the kind of host.
        os_release: text of this machine's /etc/os-release.
    """
    found = _fields(os_release)
    return (found.get("ID"), found.get("VERSION_ID")) == (wanted.distribution, wanted.version)


def in_words(os_release: str) -> str:
    """What a machine is, for messages: `Debian GNU/Linux 12 (bookworm)`."""
    return _fields(os_release).get("PRETTY_NAME", "of a distribution that does not say its name")


def _fields(os_release: str) -> dict[str, str]:
    """os-release(5): assignments as a shell reads them."""
    lines = (line.partition("=") for line in os_release.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): "".join(shlex.split(value)) for name, _, value in lines}
