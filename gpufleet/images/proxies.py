"""Which proxy a build goes through."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VARIABLES = ("http_proxy", "https_proxy", "no_proxy")


def environment(text: str) -> dict[str, str]:
    """The variables of /etc/environment, as pam_env(8) reads it: `NAME=value`, quotes and `export` allowed.

    Args:
        text: its content.
    """
    found = {}
    for line in text.splitlines():
        name, sign, value = line.strip().removeprefix("export ").partition("=")
        if sign and not name.startswith("#"):
            found[name.strip()] = value.strip().strip("\"'")
    return found


def of_daemon_json(content: bytes) -> dict[str, str]:
    """The proxies in daemon.json as variables; none from a file that cannot be read."""
    try:
        parsed = json.loads(content or b"{}")
        declared = parsed.get("proxies") or {}
        return {name: str(declared[key]) for name in VARIABLES if (key := name.replace("_", "-")) in declared}
    except (ValueError, AttributeError):
        return {}


def of_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """The proxies in an environment; where both spellings are there the small one counts, as for most programs."""
    both = {name: variables.get(name) or variables.get(name.upper()) or "" for name in VARIABLES}
    return {name: value for name, value in both.items() if value}


def of_apt(options: Mapping[str, str]) -> dict[str, str]:
    """The proxy that apt goes through to what others reach by https too, as a variable.

    The one for http is often a cache that serves archives of packages and nothing else.

    Args:
        options: apt's configuration, values by name.
    """
    https = options.get("Acquire::https::Proxy", "DIRECT")
    return {} if https == "DIRECT" else {"https_proxy": https}


def chosen(sources: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The proxies of the first source that names one, whole: what one exempts says nothing about another's proxy.

    Args:
        sources: variables as the functions above give them, what counts most first.
    """
    return next((dict(found) for found in sources if "http_proxy" in found or "https_proxy" in found), {})


def exports(variables: Mapping[str, str]) -> str:
    """Lines for a shell to read that set variables, proxies in both spellings."""
    both = [(name, value) for name, value in variables.items()]
    both += [(name.upper(), value) for name, value in variables.items() if name in VARIABLES]
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in both)
