"""Ansible's other inventory format, which is told apart from YAML and from ordinary INI files, and not read."""

from __future__ import annotations

import re

_SECTION = re.compile(r"\[[^\[\]{},]+\]\s*(?:[#;].*)?")
_HOST = re.compile(r"""[\w.@:-]+(?:\[[\w:]+\][\w.:-]*)*(?:\s+[A-Za-z_]\w*=(?:"[^"]*"|'[^']*'|\S+))*\s*(?:[#;].*)?""")

ADVICE = (
    "this is an INI inventory, which is not supported; "
    "`ansible-inventory -i FILE --list --yaml --output hosts.yml` turns one into YAML"
)


def looks_like_inventory(text: str) -> bool:
    """Tell whether an INI file is an inventory: it has a section `[group:vars]`, or lines of hosts.

    A line of a host is a bare name or `name key=value`; in an ordinary INI file it is `key = value`.
    """
    lines = _lines(text)
    sections = [line for line in lines if _SECTION.fullmatch(line)]
    if not sections:
        return bool(lines) and all(_HOST.fullmatch(line) for line in lines)
    return any(":" in line for line in sections) or any(_HOST.fullmatch(line) for line in lines)


def is_no_yaml(text: str) -> bool:
    """Tell whether a text that should be YAML has sections, or is an inventory without any."""
    return looks_like_inventory(text) or any(_SECTION.fullmatch(line) for line in _lines(text))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#;"]
