"""What a host is made of before a trial, held against what a removal leaves: /etc file by file, packages, groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

LOOK = """\
folders='/etc /usr/share/keyrings /usr/local/lib/gpufleet /var/lib/gpufleet'
find $folders -xdev -printf 'path %p %y %l %m %U:%G\\n' 2>/dev/null | sort
find $folders -xdev -type f -exec sha256sum {} + 2>/dev/null | sed -E 's/^([^ ]*)  (.*)/content \\2 \\1/' | sort
dpkg --get-selections | sed -E 's/^/package /; s/[[:space:]]+/ /g'
apt-mark showhold | sed 's/^/hold /'
apt-mark showmanual | sed 's/^/manual /'
getent group | sed 's/^/group /; s/:/ :/'
"""
"""Lines of a kind, a name and what is so of it. Neither times nor inodes: what is put back is a new file."""
CACHES = re.compile(r"/etc/(ld\.so\.cache|\.pwd\.lock|group-|gshadow-|passwd-|shadow-|subuid-|subgid-)")
"""Made anew by whatever package or group comes or goes: a cache, a lock, the copy of before."""
LINKS = "/etc/alternatives/"
AUTHORITIES = ("/etc/ssl/certs", "/etc/ca-certificates")
"""What the script of package ca-certificates makes, which stays for good."""
BACKUP = "/var/lib/gpufleet/backup"
BACKUP_STAYS = ("Files of before that apply changed or took away stay in",)


def said(
    before: Iterable[str], after: Iterable[str], notices: Sequence[str], owned: Collection[str]
) -> dict[str, str | None]:
    """Every line in which a host differs, with what was said of it; None where nothing was. Pure.

    Args:
        before: lines of `LOOK`.
        after: the same later.
        notices: what the removal has said.
        owned: paths below /etc of the packages that they name.
    """
    differing = sorted(set(before) ^ set(after))
    return {line: _said(line, differing, notices, owned) for line in differing}


def named_packages(notices: Iterable[str]) -> list[str]:
    """The packages of which a removal says that they stay. Pure."""
    return [name for notice in notices if notice.startswith("Packages that") for name in _listed(notice)]


def _said(line: str, differing: Sequence[str], notices: Sequence[str], owned: Collection[str]) -> str | None:
    kind, name, *_ = line.split(" ", 2)
    if kind in {"package", "manual"}:
        there = name.partition(":")[0] in named_packages(notices)
        return _first(notices, "Packages that") if there else None
    if kind == "group":
        return _first(notices, f"Group {name} stays")
    return _of_file(name, differing, notices, owned) if kind in {"path", "content"} else None


def _of_file(name: str, differing: Sequence[str], notices: Sequence[str], owned: Collection[str]) -> str | None:
    if name in {"/etc/group", "/etc/gshadow"}:
        groups = [each.split()[1] for each in differing if each.startswith("group ")]
        return _first(notices, *(f"Group {each} stays" for each in groups))
    authorities = "ca-certificates" in named_packages(notices) and name.startswith(AUTHORITIES)
    if authorities or name in owned:
        return _first(notices, "Packages that")
    return _first(notices, *BACKUP_STAYS) if name in _backup(notices) else _documented(name)


def _backup(notices: Iterable[str]) -> set[str]:
    """Paths of what a removal says that it leaves in the backup, with the folders above. Pure."""
    names = [name for notice in notices if notice.startswith(BACKUP_STAYS) for name in _listed(notice)]
    return {f"{BACKUP}/{name}" for name in names} | ({BACKUP, BACKUP.rpartition("/")[0]} if names else set())


def _listed(notice: str) -> list[str]:
    return notice.rpartition(": ")[2].rstrip(".").split(", ")


def _documented(path: str) -> str | None:
    """What docs/remove.md says once for all hosts."""
    if CACHES.fullmatch(path):
        return "a cache, a lock or a copy that its program makes anew"
    return "a link of a package's own script" if path.startswith(LINKS) else None


def _first(notices: Iterable[str], *beginnings: str) -> str | None:
    return next((notice for notice in notices if notice.startswith(beginnings)), None) if beginnings else None


def by_reason(differing: Mapping[str, str | None]) -> dict[str, list[str]]:
    """The differences below what was said of them. Pure."""
    found: dict[str, list[str]] = {}
    for line, reason in differing.items():
        found.setdefault(reason or "nothing", []).append(line)
    return found
