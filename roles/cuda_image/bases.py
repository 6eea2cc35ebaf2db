"""Which images cannot be the base, told by their names before anything is pulled.

The image itself is what counts: one that is unknown here is looked at during the build.
"""

from __future__ import annotations

import re

WORKING = {
    "debian:bookworm": "3.11",
    "debian:trixie": "3.13",
    "ubuntu:24.04": "3.12",
    "ubuntu:26.04": "3.14",
}
"""Bases that work, with the Python among their packages; their slim variants too."""

_TOO_OLD = (
    (r"debian:(?:11|bullseye|oldoldstable)\b", "Debian 11 brings Python 3.9"),
    (r"debian:(?:[89]|10|jessie|stretch|buster)\b", "this Debian brings a Python older than 3.8"),
    (r"(?:ubuntu:|.*-ubuntu)(?:22\.04|jammy)\b", "Ubuntu 22.04 brings Python 3.10"),
    (r"(?:ubuntu:|.*-ubuntu)(?:20\.04|focal)\b", "Ubuntu 20.04 brings Python 3.8"),
    (r"(?:ubuntu:|.*-ubuntu)(?:1[0-9]\.\d+|bionic|xenial|trusty)\b", "this Ubuntu brings a Python older than 3.7"),
    (r"python:(?:2|3\.(?:\d|10)(?!\d))", "its Python is older than 3.11"),
    (r"python:3\.(?:1[5-9]|[2-9]\d)", "its Python is newer than 3.14"),
)
_OTHERS = r"(?:alpine|busybox|centos|fedora|rockylinux|almalinux|amazonlinux|archlinux|opensuse|ubi\d*)(?::|@|$)"
_OTHER_VARIANT = r".*:(?:.*-)?(?:alpine|rockylinux|ubi)[\d.]*(?:-|$)"


def objection(base: str) -> str | None:
    """Why an image is known not to work as a base; None where nothing is known against it.

    Args:
        base: its reference, with or without registry, tag and digest.
    """
    name = base.rpartition("/")[2]
    if re.match(_OTHERS, name) or re.match(_OTHER_VARIANT, name.partition("@")[0]):
        return "it is neither Debian nor Ubuntu"
    why = next((why for pattern, why in _TOO_OLD if re.match(pattern, name)), None)
    return why and f"{why}, and the locked packages are for 3.11 to 3.14"
