"""The file beside config.toml that gives containerd a runtime for GPUs. Pure.

Facts, tried on 1.7.24, 2.0.0, 2.0.11 and 2.1.9: a file of version 1 below one of version 1 counts for 1.7 only, one of
version 2 counts for 2.x whatever config.toml is; to 1.7 the same is fatal where config.toml, as Docker ships it, says
`disabled_plugins = ["cri"]`. Before 2.0 the section of a plugin in one file replaces that of another file as a whole
(containerd#5837): there ours has to hold what the user's says, and runc, which 1.7 has by itself only where no other
runtime is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gpufleet.apt.versions import at_least
from gpufleet.containerd.effect import PLUGINS, RUNTIME
from gpufleet.containerd.sections import MERGES_SINCE, users_section
from gpufleet.containerd.toml_text import Table, at, parse, render

if TYPE_CHECKING:
    from collections.abc import Mapping

SINCE, NEWER_SINCE = (1, 7), (2, 0)
"""Versions of containerd: with CDI, with files of version 3."""
HEADER = "# Managed by gpufleet.\n"
RUNTIME_TYPE = "io.containerd.runc.v2"


class Wish(NamedTuple):
    """What is declared.

    Attributes:
        runtime: of `runtimes.nvidia`, as nvidia-ctk writes it.
        cdi: have CDI on.
        default: make it the default runtime.
    """

    runtime: Mapping[str, Any]
    cdi: bool
    default: bool


def drop_in(wish: Wish, version: str, file: bytes, others: Mapping[str, bytes]) -> str:
    """The file's content.

    Args:
        wish: what is declared.
        version: of containerd.
        file: config.toml; empty where there is none.
        others: further files that containerd reads, without ours.

    Raises:
        TomlTextError: one of them is no TOML.
        AmbiguousError: several files set CRI up.
    """
    layout, merged = file_version(version, file), at_least(version, MERGES_SINCE)
    users = users_section(version, file, others)
    carried = {} if merged else users
    containerd = carried.get("containerd", {})
    runtimes = {
        **({} if merged else containerd.get("runtimes") or {"runc": {"runtime_type": RUNTIME_TYPE}}),
        RUNTIME: _runtime(wish, *(_table(at(users, "containerd", "runtimes", name)) for name in ("runc", RUNTIME))),
    }
    default = {"default_runtime_name": RUNTIME} if wish.default else {}
    plugin = {
        **carried,
        **({"enable_cdi": True} if wish.cdi else {}),
        "containerd": {**containerd, **default, "runtimes": runtimes},
    }
    head = {"version": layout} if layout > 1 else {}
    return HEADER + render({**head, "plugins": {PLUGINS[layout]: plugin}})


def new_file(version: str, path: str) -> str:
    """A config.toml for a host without one.

    Args:
        version: of containerd.
        path: what it imports.
    """
    return HEADER + render({"version": file_version(version, b""), "imports": [path]})


def file_version(version: str, file: bytes) -> int:
    """The version that a file beside config.toml must be of.

    Args:
        version: of containerd.
        file: config.toml; empty where there is none.

    Raises:
        TomlTextError: it is no TOML.
    """
    table = parse(file)
    newest = 3 if at_least(version, NEWER_SINCE) else 2
    own = table.get("version", 1) if table.keys() - {"imports"} else newest
    if not isinstance(own, int) or own >= newest:
        return newest
    return max(own, 2) if newest > 2 else own  # noqa: PLR2004 - the version of a file


def _runtime(wish: Wish, runc: Table, own: Table) -> Table:
    """As nvidia-ctk does it: with the options that runc has, `SystemdCgroup` above all; what users say goes before.

    nvidia-ctk before 1.20 left the type out (NVIDIA/nvidia-container-toolkit, #1956). What it writes empty is the
    default, and unknown to containerd 2.
    """
    set_up = {key: value for key, value in wish.runtime.items() if value not in ("", False)}
    options = {**_table(runc.get("options")), **_table(own.get("options")), **wish.runtime.get("options", {})}
    return {"runtime_type": RUNTIME_TYPE, **set_up, **runc, **own, "options": options}


def _table(value: object) -> Table:
    return value if isinstance(value, dict) else {}
