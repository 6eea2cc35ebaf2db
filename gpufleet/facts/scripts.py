"""The shell scripts beside facts and operations, ready to be sent to a host."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files


@cache
def script(name: str, package: str = "gpufleet.facts") -> str:
    """A script of a package without its comments, which no host needs to be sent.

    Args:
        name: file name, like `access.sh`. Only lines that hold nothing but a comment are dropped.
        package: where it lies.
    """
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return re.sub(r"^[ \t]*(#.*)?\n", "", text, flags=re.MULTILINE)
