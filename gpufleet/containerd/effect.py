"""What containerd makes of its files, read off `containerd config dump`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.containerd.toml_text import at, parse

if TYPE_CHECKING:
    from gpufleet.containerd.toml_text import Table

PLUGINS = {1: "cri", 2: "io.containerd.grpc.v1.cri", 3: "io.containerd.cri.v1.runtime"}
"""Kubernetes' interface (CRI), which alone reads runtimes from the configuration, by version of the file."""
RUNTIME = "nvidia"
POD_SANDBOX = "podsandbox"
OURS = (((), "enable_cdi"), (("containerd",), "default_runtime_name"), (("containerd", "runtimes"), RUNTIME))
"""What a runtime for GPUs has to do with, below the plugin."""


def effect(dump: bytes) -> Table:
    """What CRI gets of a runtime for GPUs: the runtime, whether it is the default, whether CDI is on.

    Args:
        dump: what `containerd config dump` prints.

    Raises:
        TomlTextError: it printed something else.
    """
    plugins = parse(dump).get("plugins", {})
    # containerd 2 dumps both names, and the settings of the runtime stand under the newer one
    plugin = plugins.get(PLUGINS[3]) or plugins.get(PLUGINS[2]) or {}
    return {
        "runtime": at(plugin, "containerd", "runtimes", RUNTIME),
        "default": at(plugin, "containerd", "default_runtime_name") == RUNTIME,
        "cdi": at(plugin, "enable_cdi") is True,
    }


def cri_off(dump: bytes) -> bool:
    """Whether CRI is switched off, as in the config.toml of Docker's containerd.io.

    Args:
        dump: what `containerd config dump` prints.

    Raises:
        TomlTextError: it printed something else.
    """
    return bool({*PLUGINS.values()} & {*(parse(dump).get("disabled_plugins") or ())})


def rest(dump: bytes) -> Table:
    """All that a runtime for GPUs has nothing to do with, and that is to be the same before and after.

    A dump is complete, so that what is empty, zero or off there may as well not be said; the same goes for where a
    runtime keeps its sandboxes (containerd, pkg/cri/config, `ModePodSandbox`).

    Args:
        dump: what `containerd config dump` prints.

    Raises:
        TomlTextError: it printed something else.
    """
    table = parse(dump)
    table.pop("imports", None)
    for name in PLUGINS.values():
        for path, key in OURS:
            holder = at(table, "plugins", name, *path)
            if isinstance(holder, dict):
                holder.pop(key, None)
    return telling(table)


def telling(table: Table) -> Table:
    """A table without what may as well not be said: values that are empty, zero, off, or the default everywhere.

    Args:
        table: plain values.
    """
    kept = {key: telling(value) if isinstance(value, dict) else value for key, value in table.items()}
    return {key: value for key, value in kept.items() if value and value != POD_SANDBOX}
