"""What dockerd does with its configuration: what a reload takes up, what it refuses at its start only.

Read in moby's sources at v23.0.0, v26.1.5 and 29.7 (daemon/reload.go, daemon/reload_unix.go, daemon/runtime_unix.go,
daemon/config/config.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.dockerd.json_tree import Object, Tree, same, value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

RESET_BY_RELOAD = frozenset(
    {
        "authorization-plugins",
        "features",
        "max-concurrent-downloads",
        "max-concurrent-uploads",
        "max-download-attempts",
        "network-diagnostic-port",
        "nri-opts",
    },
)
"""Keys that a reload takes up, and also puts back to their default where they are absent."""
SET_BY_RELOAD = RESET_BY_RELOAD | {
    "debug",
    "default-cgroupns-mode",
    "default-ipc-mode",
    "default-runtime",
    "default-shm-size",
    "default-stop-timeout",
    "insecure-registries",
    "labels",
    "live-restore",
    "registry-mirrors",
    "runtimes",
    "shutdown-timeout",
}
"""Keys that a reload takes up. One that is gone from the file keeps its live value until a restart."""
FEATURES_READ_LATE = frozenset({"buildkit"})
"""Features that are asked for when they are used; the others (cdi, containerd-snapshotter) at the start only."""
TIED_TO_CONTAINERS = frozenset(
    {
        "bip",
        "bip6",
        "bridge",
        "containerd",
        "containerd-namespace",
        "data-root",
        "exec-root",
        "fixed-cidr",
        "fixed-cidr-v6",
        "storage-driver",
        "userns-remap",
    },
)
"""Keys that a daemon must not find changed while containers run on under live-restore: it would lose them.

Source: docs.docker.com/engine/daemon/live-restore, "Impact on live restore upon upgrade" (daemon options such as bridge
addresses and the storage driver must stay).
"""
STOCK_RUNTIMES = frozenset({"runc", "io.containerd.runc.v2"})


def changed_keys(old: Object, new: Object) -> list[str]:
    """Top-level keys whose values differ by meaning, in the order of `new`, those that are gone last."""
    keys = [*new, *(key for key in old if key not in new)]
    return [key for key in keys if not same(old.get(key), new.get(key))]


def needs_restart(old: Object, new: Object) -> list[str]:
    """The changed keys for which a reload of the configuration is not enough."""
    return [key for key in changed_keys(old, new) if not _reloadable(old.get(key), new.get(key), key)]


def _reloadable(old: Tree | None, new: Tree | None, key: str) -> bool:
    if key == "features":
        before, after = (value if isinstance(value, dict) else {} for value in (old, new))
        return FEATURES_READ_LATE.issuperset(changed_keys(before, after))
    return key in (RESET_BY_RELOAD if new is None else SET_BY_RELOAD)


def undefined_default_runtime(config: Object, flags: Sequence[str]) -> str | None:
    """The default runtime where nothing defines it: dockerd then does not start, and its --validate does not notice.

    Source: moby daemon/runtime_unix.go, setupRuntimes and isPermissibleC8dRuntimeName.
    """
    name = value_of(config.get("default-runtime"))
    if not isinstance(name, str) or not name or name in STOCK_RUNTIMES:
        return None
    runtimes = config.get("runtimes")
    by_flag = any(f"{name}=" in flag for flag in flags)
    by_shim = "/" not in name and "." in name[1:]
    return None if by_flag or by_shim or (isinstance(runtimes, dict) and name in runtimes) else name


def new_programs(old: Object, new: Object) -> list[str]:
    """Names or paths of the programs that runtimes need which are new, or newly the default."""
    before, after = (config.get("runtimes") for config in (old, new))
    known = before if isinstance(before, dict) else {}
    wanted = changed_keys(known, after) if isinstance(after, dict) else []
    if "default-runtime" in changed_keys(old, new):
        wanted.append(str(value_of(new.get("default-runtime"))))
    entries = [after.get(name) for name in wanted] if isinstance(after, dict) else []
    paths = [value_of(entry.get("path")) for entry in entries if isinstance(entry, dict)]
    return list(dict.fromkeys(path for path in paths if isinstance(path, str) and path))


def wants_live_restore(config: Object) -> bool:
    """Whether containers are declared to outlive the daemon."""
    return value_of(config.get("live-restore")) is True
