"""What /etc/wsl.conf is to say about the start of a WSL distribution. Pure."""

from __future__ import annotations

import re
from typing import Literal

from gpufleet.platform.wsl_conf import is_on, value_of, with_value, without

Boot = Literal["command", "systemd", "none"]

SCRIPT = "/usr/local/lib/gpufleet/gpufleet-boot.sh"
"""What WSL runs at each start, where systemd does not do all that."""
SECTION, COMMAND, SYSTEMD = "boot", "command", "systemd"
_OURS = re.compile(rf"[ \t]*;?[ \t]*{re.escape(SCRIPT)}(?![\w./-])")


def wanted(text: str, boot: Boot, *, systemd: bool) -> str:
    """The file as it is to be; everything that is not about the start of Docker stays as it is.

    Args:
        text: the file as it is.
        boot: what is declared.
        systemd: it is the init of the distribution already.
    """
    if boot == "systemd":
        return without_ours(with_value(text, SECTION, SYSTEMD, "true") if not is_on(text, SECTION, SYSTEMD) else text)
    if boot == "command" and not systemd and not is_on(text, SECTION, SYSTEMD):
        return with_value(text, SECTION, COMMAND, with_ours(value_of(text, SECTION, COMMAND) or ""))
    return without_ours(text)


def given_back(text: str, before: str | None, boot: Boot) -> str:
    """The file without what was put into it for the start of Docker.

    Args:
        text: the file as it is.
        before: as it was before anything was put into it; None where that is not known.
        boot: what is declared: systemd is switched off again only where it was declared to be on, and was off before.
    """
    text = without_ours(text)
    if boot != "systemd" or before is None or is_on(before, SECTION, SYSTEMD):
        return text
    former = value_of(before, SECTION, SYSTEMD)
    return without(text, SECTION, SYSTEMD) if former is None else with_value(text, SECTION, SYSTEMD, former)


def with_ours(command: str) -> str:
    """A `[boot] command` that ends with ours; the user's own comes first, as it may mount what Docker needs.

    Args:
        command: the present one, empty without one.
    """
    own = command.rstrip(" \t;")
    if _OURS.search(own) or not own:
        return command if own else SCRIPT
    return f"{own} {SCRIPT}" if own.endswith("&") else f"{own}; {SCRIPT}"


def without_ours(text: str) -> str:
    """The file without our command; the user's own stays.

    Args:
        text: of the file.
    """
    command = value_of(text, SECTION, COMMAND)
    if command is None or not _OURS.search(command):
        return text
    left = _OURS.sub("", command).strip(" \t;")
    return with_value(text, SECTION, COMMAND, left) if left else without(text, SECTION, COMMAND)
