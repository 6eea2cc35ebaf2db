"""The command line of the system's own ssh for a host of the inventory, with what pyinfra would connect by. Pure."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONNECT_SECONDS = 10
"""How long ssh waits for a host that does not answer."""


def ssh_command(
    name: str, data: Mapping[str, Any], own_config: str | None, *, terminal: bool, options: Sequence[str] = ()
) -> list[str]:
    """The words that log in, without a remote command.

    Args:
        name: of the host in the inventory.
        data: pyinfra's data of its SSH connector, defaults included (`host.connector.data`).
        own_config: text of the ssh_config that gpufleet has written for this run alone; it is gone when ssh reads it,
            so that its options stand on the command line. None where `ssh_config_file` is a person's.
        terminal: with a terminal on the host.
        options: further ones, before all others.
    """
    config = _spelled_out(own_config) if own_config is not None else _options("-F", data["ssh_config_file"])
    known, strict = data["ssh_known_hosts_file"], data["ssh_strict_host_key_checking"]
    return [
        *("ssh", "-t" if terminal else "-T", *options),
        *("-o", "LogLevel=ERROR", "-o", f"ConnectTimeout={CONNECT_SECONDS}"),
        *_options("-p", data["ssh_port"]),
        *_options("-l", data["ssh_user"]),
        *_options("-i", data["ssh_key"]),
        *(["-o", "IdentitiesOnly=yes"] if data["ssh_key"] else []),
        *(["-o", f'UserKnownHostsFile="{Path(known).expanduser()}"'] if known else []),
        *(["-o", f"StrictHostKeyChecking={strict}"] if strict else []),
        *config,
        data["ssh_hostname"] or name,
    ]


def remote(words: Sequence[str]) -> str:
    """One command line that a login shell reads as these words, and becomes."""
    return f"exec {shlex.join(words)}"


def _options(flag: str, value: object) -> list[str]:
    return [flag, str(value)] if value else []


def _spelled_out(text: str) -> list[str]:
    """The options of an ssh_config that `gpufleet.inventory.ssh_config.render` wrote, as words."""
    block, _, rest = text.partition("\nHost *\n")
    lines = [line.strip() for line in block.splitlines()[1:]]
    included = re.search(r"^\s*Include (.+)$", rest, re.MULTILINE)
    config = Path(included[1]).expanduser() if included else None
    own = Path("~/.ssh/config").expanduser()  # which ssh reads by itself, with the system's
    return [
        *(["-F", str(config)] if config and config != own else []),
        *(word for line in lines for word in ("-o", line.replace(" ", "=", 1))),
    ]
