"""How a host reaches the Python package index, as variables for a build that shares none of its files.

pip reads its files in the order in which they are given here, later ones winning, and variables `PIP_*` win over all
of them (https://pip.pypa.io/en/stable/topics/configuration/). Only what says where packages come from goes into a
build: a `target` or a `constraint` of the host's has nothing to do with an image, and a file of the host is not there.
"""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OPTIONS = ("index-url", "extra-index-url", "no-index", "find-links", "trusted-host", "proxy", "timeout", "retries")
SECTIONS = ("global", "install")
_ADDRESSES = ("index-url", "extra-index-url", "find-links")
_ALIASES = {"default-timeout": "timeout", "pypi-url": "index-url"}


def pip_settings(files: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """What a host's pip goes by.

    Args:
        files: the text of its configuration files, the weakest first; one that pip could not read is passed over.
        environment: variables of the host's, of which those of pip's count.

    Returns:
        Values by option, as `index-url`; `cert`, a path on the host, where one is set.
    """
    found: dict[str, str] = {}
    parsed = [_parsed(text) for text in files]
    for section in SECTIONS:
        for parser in parsed:
            if parser.has_section(section):
                found |= {_option(name): " ".join(value.split()) for name, value in parser.items(section)}
    found |= {_option(name[4:]): value for name, value in environment.items() if name.startswith("PIP_")}
    wanted = {name: _remote(value) if name in _ADDRESSES else value for name, value in found.items()}
    return {name: wanted[name] for name in (*OPTIONS, "cert") if wanted.get(name)}


def pip_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """The same as variables, `PIP_INDEX_URL` for `index-url`; the certificates come in another way."""
    return {f"PIP_{name.replace('-', '_').upper()}": settings[name] for name in OPTIONS if name in settings}


def _parsed(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        return configparser.RawConfigParser()
    return parser


def _option(name: str) -> str:
    name = name.lower().replace("_", "-").removeprefix("--")
    return _ALIASES.get(name, name)


def _remote(addresses: str) -> str:
    """Those of several addresses that a build can reach: no paths, no `file:`."""
    return " ".join(part for part in addresses.split() if re.match(r"(?!file:)[a-z][a-z0-9+.-]*://", part))
