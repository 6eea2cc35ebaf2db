"""/etc/nvidia-container-runtime/config.toml: the defaults of 1.20.0, and the few settings that the stand-ins read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PATH = "/etc/nvidia-container-runtime/config.toml"
DEFAULT = """\
#accept-nvidia-visible-devices-as-volume-mounts = false
#accept-nvidia-visible-devices-envvar-when-unprivileged = true
disable-require = false
supported-driver-capabilities = "compat32,compute,display,graphics,ngx,utility,video"
#swarm-resource = "DOCKER_RESOURCE_GPU"

[nvidia-container-cli]
#debug = "/var/log/nvidia-container-toolkit.log"
environment = []
#ldcache = "/etc/ld.so.cache"
ldconfig = "@/sbin/ldconfig"
load-kmods = true
#no-cgroups = false
#path = "/usr/bin/nvidia-container-cli"
#root = "/run/nvidia/driver"
#user = "root:video"

[nvidia-container-runtime]
#debug = "/var/log/nvidia-container-runtime.log"
log-level = "info"
mode = "auto"
runtimes = ["runc", "crun"]

[nvidia-container-runtime.modes]

[nvidia-container-runtime.modes.cdi]
annotation-prefixes = ["cdi.k8s.io/"]
default-kind = "nvidia.com/gpu"
spec-dirs = ["/etc/cdi", "/var/run/cdi"]

[nvidia-container-runtime.modes.csv]
mount-spec-path = "/etc/nvidia-container-runtime/host-files-for-container.d"

[nvidia-container-runtime.modes.legacy]
cuda-compat-mode = "ldconfig"

[nvidia-container-runtime-hook]
path = "nvidia-container-runtime-hook"
skip-mode-detection = false

[nvidia-ctk]
path = "nvidia-ctk"
"""


class ConfigError(ValueError):
    """A setting that is not in the file."""


def setting(text: str, section: str, key: str) -> str:
    """The value of a key as written, quotes included; empty when it is not set."""
    match = re.search(_pattern(section, key, "#?"), text, re.MULTILINE)
    return "" if match is None or match[1].lstrip().startswith("#") else match[2].strip()


def changed(text: str, assignments: Iterable[str]) -> str:
    """The file with `section.key=value` set, as `nvidia-ctk config --set` does.

    Raises:
        ConfigError: there is no such key.
    """
    for assignment in assignments:
        name, _, value = assignment.partition("=")
        section, _, key = name.rpartition(".")
        written = value if re.fullmatch(r"true|false|\d+|\[.*\]", value) else f'"{value}"'
        match = re.search(_pattern(section, key, "#?"), text, re.MULTILINE)
        if match is None:
            raise ConfigError(f"invalid config option {name}")
        text = f"{text[: match.start(1)]}{key} = {written}{text[match.end() :]}"
    return text


def _pattern(section: str, key: str, mark: str) -> str:
    head = rf"^\[{re.escape(section)}\]\n(?:(?!\[).*\n)*?" if section else r"\A(?:(?!\[).*\n)*?"
    return rf"{head}({mark}{re.escape(key)} = (.*))$"
