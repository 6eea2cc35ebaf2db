"""What /etc/wsl.conf is to say about the start of a WSL distribution. Pure."""

from __future__ import annotations

import re
from typing import Literal

from gpufleet.platform.wsl_conf import is_on, value_of, with_value, with_written, without, written

Boot = Literal["command", "systemd", "none"]

SCRIPT = "/usr/local/lib/gpufleet/gpufleet-boot.sh"
"""What WSL runs at each start, where systemd does not do all that."""
SECTION, COMMAND, SYSTEMD = "boot", "command", "systemd"
_IT = rf"{re.escape(SCRIPT)}(?![\w./-])"
_FIRST = re.compile(rf'\A("?){_IT}(?: \$\$ & |[ \t]*;[ \t]*)?')
_BEHIND = re.compile(rf'(?:[ \t]*;|(?<=[^&]&))[ \t]*{_IT}(?="?\Z)')
"""How it was written earlier: a comment in the user's command, or one that does not come back, kept it from running."""
_ANYWHERE = re.compile(rf"[ \t]*(?:;|&&)?[ \t]*{_IT}")


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
        present = written(text, SECTION, COMMAND) or ""
        command = with_ours(present)
        return text if command == present else with_written(text, SECTION, COMMAND, command)
    return without_ours(text)


def given_back(text: str, before: str | None, boot: Boot) -> str:
    """The file without what was put into it for the start of Docker.

    Args:
        text: the file as it is.
        before: as it was before anything was put into it; None where that is not known.
        boot: what is declared: systemd is switched off again only where it was declared to be on, and was off before.
    """
    text = without_ours(text)
    if before is None:
        return text
    text = _as_written(text, before)
    if boot != "systemd" or is_on(before, SECTION, SYSTEMD):
        return text
    former = written(before, SECTION, SYSTEMD)
    return without(text, SECTION, SYSTEMD) if former is None else with_written(text, SECTION, SYSTEMD, former)


def with_ours(command: str) -> str:
    """A `[boot] command` that begins with ours, which waits for the user's own: that may mount what Docker needs.

    Ours is told the number of the shell that runs both (`$$`): when that has gone, the user's command is done. What
    somebody else has written around ours stays as it is.

    Args:
        command: the present one as it stands in the file, empty without one.
    """
    own = _BEHIND.sub("", command)
    if not own.strip('" \t'):
        return SCRIPT
    if _ANYWHERE.search(own):
        return command
    quote = '"' if own.startswith('"') else ""
    return f"{quote}{SCRIPT} $$ & {own.removeprefix(quote)}"


def without_ours(text: str) -> str:
    """The file without our command; the user's own stays.

    Args:
        text: of the file.
    """
    command = written(text, SECTION, COMMAND)
    if command is None or not _ANYWHERE.search(command):
        return text
    left = _ANYWHERE.sub("", _FIRST.sub(r"\1", command))
    return with_written(text, SECTION, COMMAND, left) if left.strip('" \t;') else without(text, SECTION, COMMAND)


def _as_written(text: str, before: str) -> str:
    """The user's command as it stood before: earlier, ours took quotes and semicolons from its end."""
    former, present = (value_of(each, SECTION, COMMAND) for each in (before, text))
    same = former is not None and present is not None and former.rstrip(" \t;") == present.rstrip(" \t;")
    command = written(before, SECTION, COMMAND) if same else None
    return text if command is None else with_written(text, SECTION, COMMAND, command)
