"""What is mounted where, as the kernel shows it in /proc/self/mounts."""

from __future__ import annotations

import re


def mounted(table: str) -> dict[str, list[str]]:
    r"""The options of what is mounted at each place; of several mounts at one place the last counts.

    Args:
        table: the content of /proc/self/mounts, which writes blanks and the like in octal (`\040`; proc(5), fstab(5)).
    """
    fields = [line.split(" ") for line in table.splitlines()]
    return {_plain(place): options.split(",") for _, place, _, options, *_ in fields}


def _plain(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
