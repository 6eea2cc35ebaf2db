"""The configuration of a private apt: what this machine's own says about reaching archives, no more of it. Pure.

This machine's hooks (`APT::Update::Post-Invoke`), pins and switches are its own: they would act on this machine, or
decide about another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_REACHING = re.compile(
    r"^Acquire::(?!IndexTargets|Changelogs|CompressionTypes|Languages|GzipIndexes|cdrom)\S+ \".+\";$"
)
"""Proxies, authorities, time-outs, whether a date is checked: lines of `apt-config dump` that have a value."""
FOLDERS = (
    *("etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d", "keyrings"),
    *("var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/log/apt", "var/lib/dpkg"),
)
"""What apt wants to find, below its root."""


@dataclass(frozen=True)
class Own:
    """Where this machine's apt has what a private one reads too.

    Attributes:
        netrc: file with logins.
        netrcparts: folder with such files.
        trusted: keyring for sources that name none.
        trustedparts: folder with such keyrings.
        sourcelist: file with sources.
        sourceparts: folder with such files.
    """

    netrc: str
    netrcparts: str
    trusted: str
    trustedparts: str
    sourcelist: str
    sourceparts: str


def configuration(own: Own, dump: str, root: Path, archives: Path, architecture: str) -> str:
    """The text for APT_CONFIG.

    Args:
        own: this machine's places.
        dump: what `apt-config dump` prints here.
        root: folder of the private apt.
        archives: where downloaded packages go.
        architecture: of the hosts.
    """
    settings = {
        "Dir": f"{root}/",
        "Dir::State::status": f"{root}/var/lib/dpkg/status",
        "Dir::Cache::archives": f"{archives}/",
        "Dir::Etc::netrc": own.netrc,
        "Dir::Etc::netrcparts": own.netrcparts,
        "Dir::Etc::trusted": own.trusted,
        "Dir::Etc::trustedparts": own.trustedparts,
        "APT::Architecture": architecture,
        "APT::Architectures::": architecture,
        "APT::Sandbox::User": "root",  # no other user comes to a folder of mode 700
        "APT::Update::Error-Mode": "any",
        "APT::Get::Assume-Yes": "true",
        "APT::Get::allow-downgrades": "true",
        "APT::Get::allow-change-held-packages": "true",
        "Acquire::Languages::": "none",
        "Acquire::GzipIndexes": "false",
        "Acquire::Retries": "3",
        "Dpkg::Use-Pty": "false",
    }
    kept = [line for line in dump.splitlines() if _REACHING.match(line)]
    return "\n".join([*kept, *(f'{name} "{value}";' for name, value in settings.items())]) + "\n"
