"""The flags that dockerd gets from its unit or its init script, so that a new file can be tried together with them.

A key that stands in the file and among the flags stops dockerd ("specified both as a flag and in the configuration
file"); Debian's and Docker's units pass `-H` and `--containerd`, and an administrator's drop-in may pass anything.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

DEFAULT_CONFIG_FILE = "/etc/docker/daemon.json"

SHORT = {
    "-D": "debug",
    "-G": "group",
    "-H": "host",
    "-b": "bridge",
    "-g": "data-root",
    "-l": "log-level",
    "-p": "pidfile",
}
"""dockerd's short options (docs.docker.com/reference/cli/dockerd)."""
KEYS_OF_LISTS = {
    "add-runtime": None,  # the one list that may stand in both
    "authorization-plugin": "authorization-plugins",
    "cdi-spec-dir": "cdi-spec-dirs",
    "default-ulimit": "default-ulimits",
    "dns-opt": "dns-opts",
    "exec-opt": "exec-opts",
    "host": "hosts",
    "insecure-registry": "insecure-registries",
    "label": "labels",
    "log-opt": "log-opts",
    "node-generic-resource": "node-generic-resources",
    "registry-mirror": "registry-mirrors",
    "storage-opt": "storage-opts",
}
"""Options that may come several times, and the key that each is in the file."""

_ARGV = re.compile(r"argv\[\]=(?P<argv>.*?) ; ignore_errors=")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def unit_flags(exec_start: str, environment: Mapping[str, str]) -> list[str]:
    """Flags from the property ExecStart as `systemctl show` prints it.

    `$NAME` as a word of its own is split at blanks, `${NAME}` is not (systemd.service(5), "Command lines").

    Args:
        exec_start: the property's text.
        environment: what the unit sets.

    Returns:
        The words after dockerd's path; none when the unit starts something else, a wrapper for example.
    """
    match = _ARGV.search(exec_start)
    program, *words = match["argv"].split() if match else [""]
    if program.rpartition("/")[2] != "dockerd":
        return []
    return [word for item in words for word in _expanded(item, environment)]


def init_script_flags(environment: Mapping[str, str]) -> list[str]:
    """Flags from /etc/default/docker as the init script reads it: the words of DOCKER_OPTS."""
    return environment.get("DOCKER_OPTS", "").split()


def environment_of(lines: Iterable[str]) -> dict[str, str]:
    """Variables of an environment file, or of the property Environment; lines that are neither are left out."""
    variables: dict[str, str] = {}
    for line in lines:
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            continue
        for word in words:
            if re.match(r"[A-Za-z_]\w*=", word):
                name, _, value = word.partition("=")
                variables[name] = value
    return variables


def config_file(flags: Iterable[str]) -> str:
    """The file that these flags make dockerd read."""
    words = iter(flags)
    for word in words:
        if word == "--config-file":
            return next(words, DEFAULT_CONFIG_FILE)
        if word.startswith("--config-file="):
            return word.partition("=")[2]
    return DEFAULT_CONFIG_FILE


def without_config_file(flags: Iterable[str]) -> list[str]:
    """The flags less the one that names the file, so that another file can be tried with the rest."""
    kept, words = [], iter(flags)
    for word in words:
        if word == "--config-file":
            next(words, None)
        elif not word.startswith("--config-file="):
            kept.append(word)
    return kept


def repeated(flags: Iterable[str], keys: Collection[str]) -> list[tuple[str, str]]:
    """Options that stand in the file as well, with which dockerd does not start.

    Source: findConfigurationConflicts in moby's daemon/config/config.go.

    Args:
        flags: dockerd's.
        keys: the file's top-level keys.

    Returns:
        The option as it is passed, without its value, and the key that repeats it.
    """
    found = {}
    for word in flags:
        option = word.partition("=")[0]
        short = "" if option.startswith("--") else option[:2]
        name = SHORT.get(short, option.removeprefix("--") if option.startswith("--") else "")
        key = KEYS_OF_LISTS.get(name, name)
        if key and key in keys:
            found[short or option] = key
    return list(found.items())


def _expanded(word: str, environment: Mapping[str, str]) -> Iterator[str]:
    if whole := re.fullmatch(r"\$(\w+)", word):
        yield from environment.get(whole[1], "").split()
    else:
        yield _VARIABLE.sub(lambda match: environment.get(match[1] or match[2], ""), word)
