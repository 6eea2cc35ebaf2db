"""Where this machine's pip finds packages, for lab hosts: only what can be reached from there, no folders."""

from __future__ import annotations

import re
import sys
from functools import cache

from tests.lab.command import run

WANTED = ("index-url", "extra-index-url", "trusted-host")


@cache
def of_this_machine() -> str:
    """The text of a pip.conf; empty where pip uses the public index."""
    return for_hosts(run([sys.executable, "-m", "pip", "config", "list"]))


def for_hosts(listing: str) -> str:
    """A pip.conf out of what `pip config list` prints.

    Args:
        listing: lines such as `global.index-url='https://pypi.example.org/simple'`; environment variables come first
            (`:env:.index-url`) and win, then sections: a command's own ones win over `global`.
    """
    found: dict[str, str] = {}
    for section, key, value in re.findall(r"^(\S+)\.([\w-]+)=['\"](.*)['\"]$", listing, flags=re.MULTILINE):
        usable = [word for word in value.replace("\\n", " ").split() if key == "trusted-host" or _is_remote(word)]
        if key in WANTED and section in {":env:", "global", "install"} and usable:
            found.setdefault(key, " ".join(usable))
    if not found.keys() - {"trusted-host"}:
        return ""
    return "[global]\n" + "".join(f"{key} = {found[key]}\n" for key in WANTED if key in found)


def _is_remote(address: str) -> bool:
    return address.startswith(("http://", "https://"))
