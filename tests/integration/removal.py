"""What tests of a removal hold a host against: everything is as before, but for what the report has said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.checked import Checked
    from tests.lab.host import LabHost

SHARED = re.compile(r"(path|content) /etc/(group|gshadow) ")
"""Files in which the group that stays makes the difference; `getent group` shows that it is all of it."""
MADE_BY_PACKAGES = re.compile(r"(path|content) /etc/(ssl/certs(/\S*)?|ca-certificates\S*|alternatives/pager\.1\.gz) ")
"""By scripts of packages that stay, or that came and went: a link of `less` for a page of the manual that no lab host
has goes with it."""


def unsaid(before: list[str], after: list[str], host: LabHost, done: Checked) -> list[str]:
    """What differs although no notice of the removal names it.

    Args:
        before: `state.around` before anything was applied.
        after: the same after the removal.
        host: the host.
        done: the removal.
    """
    packages = said(done)
    files = host.ssh(f"dpkg -L {' '.join(packages)} | grep ^/etc; true").stdout.split() if packages else []
    differing = sorted(set(before) ^ set(after))
    return [line for line in differing if not _said(line, packages, files, notices(done))]


def said(done: Checked) -> list[str]:
    """The packages that a removal says it leaves."""
    lines = [notice for notice in notices(done) if notice.startswith("Packages that came with apply and stay")]
    return [name for line in lines for name in line.rpartition(": ")[2].rstrip(".").split(", ")]


def notices(done: Checked) -> list[str]:
    """All that a run has to say beside its findings."""
    return [notice for host in done.hosts.values() for notice in host["notices"]]


def _said(line: str, packages: list[str], files: list[str], sentences: list[str]) -> bool:
    kind, name, *_ = re.split(r"[ \t:]", line, maxsplit=2)
    if kind in {"package", "manual"}:
        return name in packages
    if kind == "group":
        return any(sentence.startswith(f"Group {name} stays") for sentence in sentences)
    if kind in {"path", "content"}:
        shared = SHARED.match(line) and any(sentence.startswith("Group docker stays") for sentence in sentences)
        return bool(shared or MADE_BY_PACKAGES.match(line) or name in files)
    return False
