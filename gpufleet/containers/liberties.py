"""What a container was given against the isolation that Docker has by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULTS = {
    "NetworkMode": {"default", "bridge"},
    "PidMode": {"private"},
    "IpcMode": {"private", "shareable"},
    "UTSMode": {"private"},
    "UsernsMode": {"private"},
}
"""What Docker writes where nothing is asked for, beside an empty word: `default` became `bridge` in Docker 26, and the
daemon's `default-ipc-mode` is either of the two."""
LISTS = {
    "CapAdd": "capability",
    "SecurityOpt": "security option",
    "DeviceCgroupRules": "device rule",
    "GroupAdd": "group",
}
SHOWN = 60
"""Characters of an option: a seccomp profile is a whole file."""


def liberties(host: Mapping[str, Any]) -> Iterator[str]:
    """In words, from the `HostConfig` of what `docker inspect` prints; nothing for a container without options."""
    if host.get("Privileged"):
        yield "privileged"
    for key, usual in DEFAULTS.items():
        if host.get(key) and host[key] not in usual:
            yield f"{key.removesuffix('Mode').lower()} {host[key]}"
    for key, word in LISTS.items():
        yield from (f"{word} {_short(str(value))}" for value in sorted(host.get(key) or []))
    for device in host.get("Devices") or []:
        yield f"device {device.get('PathOnHost')}"
    if host.get("MaskedPaths") == []:  # where it is privileged there is no such list
        yield "nothing of /proc and /sys masked"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
