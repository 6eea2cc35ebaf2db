"""Values of connection variables, made to fit; each function raises ValueError with what would have been right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf

_TRUE = {"true", "yes", "on", "1", "t", "y"}
_FALSE = {"false", "no", "off", "0", "f", "n"}
_STRICTNESS = ("yes", "no", "off", "ask", "accept-new")
_TEMPLATE = re.compile(r"\{%|\{\{-?\s*[^\s.{}]")


@dataclass(frozen=True, repr=False)
class Secret:
    """A password that nothing prints by accident: neither `repr` nor pyinfra's JSON, as in `debug-inventory`.

    `str` gives it: that is what pyinfra does when it hands the password to sudo.
    """

    text: str

    def __str__(self) -> str:
        """Give the password."""
        return self.text

    def __repr__(self) -> str:
        return "(hidden)"

    def to_json(self) -> str:
        """Stand in for the password in what pyinfra prints (`json_encode` in pyinfra_cli/util.py)."""
        return "(hidden)"


def has_template(value: object) -> bool:
    """Tell whether a value holds a Jinja template, at any depth.

    `{{.Name}}` is none: that is a template of Docker's own, as log options use it.
    """
    if isinstance(value, str):
        return _TEMPLATE.search(value) is not None
    if isinstance(value, dict):
        return any(has_template(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(has_template(part) for part in value)


def address(value: object) -> str:
    """Take an address or a name."""
    text = word(value)
    if any(character in text for character in " \t\n*?!,"):
        raise ValueError("one address or name is expected")
    return text


def port(value: object) -> int:
    """Take a TCP port."""
    text = "" if isinstance(value, bool) else str(value)
    if not text.isdecimal() or not 0 < int(text) < 1 << 16:
        raise ValueError("a port from 1 to 65535 is expected")
    return int(text)


def count(value: object) -> int:
    """Take a whole number, 0 too."""
    text = "" if isinstance(value, bool) else str(value)
    if not text.isdecimal():
        raise ValueError("a whole number is expected")
    return int(text)


def word(value: object) -> str:
    """Take a text; a number is one where somebody left the quotes out."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise ValueError("a text is expected")
    return str(value).strip()


def text(value: object) -> str:
    """Take a text only: the number 3 is no file that anybody meant."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text is expected")
    return value.strip()


def seconds(value: object) -> float:
    """Take a number of seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
        raise ValueError("a number of seconds is expected")
    return float(value)


def strictness(value: object) -> str:
    """Take ssh's `StrictHostKeyChecking`; YAML reads yes and no without quotes as true and false."""
    found = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    if found not in _STRICTNESS:
        raise ValueError(f"one of {', '.join(_STRICTNESS)} is expected")
    return found


def transfer(value: object) -> str:
    """Take how files are sent."""
    if value not in {"sftp", "scp"}:
        raise ValueError("sftp or scp is expected")
    return str(value)


def options(value: object) -> dict[str, object]:
    """Take further arguments of paramiko's `connect`."""
    if not isinstance(value, dict):
        raise ValueError("names and values are expected")  # noqa: TRY004 (one exception for all of them)
    return value


def arguments(value: object) -> str:
    """Take the command line options of ssh; none at all are fine."""
    if not isinstance(value, str):
        raise ValueError("a text is expected")  # noqa: TRY004 (one exception for all of them)
    return value


def password(value: object) -> str:
    """Take a password, a number too."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError("a text is expected")
    return str(value)


def secret(value: object) -> Secret:
    """Take a password and hide it."""
    return Secret(password(value))


def switch(value: object) -> bool:
    """Take yes or no in the spellings that Ansible knows."""
    text = str(value).lower()
    if text in _TRUE | _FALSE:
        return text in _TRUE
    raise ValueError("yes or no is expected")


def connection(value: object) -> str:
    """Take `ssh` in its spellings, or `local`."""
    name = str(value).removeprefix("ansible.builtin.")
    if name == "local":
        return "local"
    if name in {"ssh", "smart", "paramiko", "paramiko_ssh"}:
        return "ssh"
    raise ValueError("only ssh and local are supported; take the host out of this file")


def become_method(value: object) -> str:
    """Take `sudo`, the only way to become root here."""
    if str(value).removeprefix("ansible.builtin.") != "sudo":
        raise ValueError("only sudo is supported; connect as root, or allow the user sudo")
    return "sudo"
