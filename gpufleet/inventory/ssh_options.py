"""`ansible_ssh_common_args` and its kin, turned into what pyinfra's SSH connector understands.

pyinfra does not start the ssh program, it speaks SSH itself and takes options from an ssh_config file that a host may
name (`ssh_config_file`; pyinfra/connectors/sshuserclient/client.py, 3.10). Options that would stand on ssh's command
line are therefore written into a file of their own, for that one host.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

_IN_FILE = {
    option.lower(): option
    for option in (
        "ProxyJump",
        "ProxyCommand",
        "IdentityFile",
        "CertificateFile",
        "IdentityAgent",
        "User",
        "ServerAliveInterval",
    )
}
"""What pyinfra 3.10 takes from an ssh_config; it reads others, such as ConnectTimeout, but its own data wins."""
_LETTERS = {"J": "ProxyJump", "i": "IdentityFile", "l": "User", "p": "Port", "F": "Include"}
_LETTERS_WITH_VALUE = "BbcDEeFIiJLlmOopQRSWw"
OWN_CONFIG = "~/.ssh/config"


@dataclass
class Options:
    """SSH options for one host.

    Attributes:
        in_file: lines for an ssh_config, in order.
        data: pyinfra's own data.
        ignored: options that pyinfra has no place for, as written.
        config: an ssh_config to use in place of ~/.ssh/config.
    """

    in_file: dict[str, str] = field(default_factory=dict)
    data: dict[str, object] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    config: str = OWN_CONFIG


def parse(arguments: str, options: Options) -> None:
    """Read ssh's command line options; of an option given twice the first counts, as in ssh.

    Args:
        arguments: such as `-o ProxyJump=admin@bastion -o StrictHostKeyChecking=no`.
        options: where they are added.

    Raises:
        ValueError: the text cannot be split into words, an option lacks its value or a value is not allowed.
    """
    words = iter(shlex.split(arguments))
    for word in words:
        if not word.startswith("-") or len(word) == 1:
            raise ValueError(f"{word!r} is no option of ssh")
        letter, value = word[1], word[2:]
        if letter in _LETTERS_WITH_VALUE:
            value = value or next(words, "")
            if not value:
                raise ValueError(f"-{letter} lacks its value")
        _take(options, letter, value)


def _take(options: Options, letter: str, value: str) -> None:
    if letter == "A":
        letter, value = "o", "ForwardAgent=yes"
    elif letter in _LETTERS:
        letter, value = "o", f"{_LETTERS[letter]}={value}"
    if letter != "o":
        options.ignored.append(f"-{letter}")
        return
    name, _, value = value.replace("=", " ", 1).strip().partition(" ")
    _set(options, name, value.strip())


def _set(options: Options, name: str, value: str) -> None:
    if not value or "\n" in value:
        raise ValueError(f"{name} lacks its value")
    key = name.lower()
    if key in _IN_FILE:
        if not (key == "proxyjump" and value == "none"):
            options.in_file.setdefault(_IN_FILE[key], value)
    elif key == "include":
        options.config = value
    elif key == "stricthostkeychecking":
        options.data.setdefault("ssh_strict_host_key_checking", _strictness(value))
    elif key == "userknownhostsfile":
        options.data.setdefault("ssh_known_hosts_file", value.split(maxsplit=1)[0])
    elif key == "forwardagent":
        options.data.setdefault("ssh_forward_agent", value.lower() == "yes")
    elif key == "port":
        options.data.setdefault("ssh_port", int(value))
    else:
        options.ignored.append(f"-o {name}")


def _strictness(value: str) -> str:
    if value.lower() not in {"yes", "no", "off", "ask", "accept-new"}:
        raise ValueError(f"StrictHostKeyChecking={value}: yes, no, ask and accept-new are possible")
    return value.lower()
