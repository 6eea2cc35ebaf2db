"""The CDI specification of the simulated driver, laid out as `nvidia-ctk cdi generate` does it for a real one.

The model was recorded with 1.20.0 on an H100 with driver 580: the driver's version stands in the libraries' names, the
environment says `NVIDIA_VISIBLE_DEVICES=void`, devices go by index, by UUID and as `all`. Where a real one has device
nodes this one mounts a file per GPU, from which the simulated nvidia-smi knows what it may see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .driver import PROGRAM

if TYPE_CHECKING:
    from .driver import Driver, Gpu

KIND = "nvidia.com/gpu"
HOOK = "/usr/bin/nvidia-cdi-hook"
OPTIONS = ("ro", "nosuid", "nodev", "rbind", "rprivate")
STRATEGIES = ("index", "uuid")


def generate(driver: Driver, strategies: tuple[str, ...] = STRATEGIES) -> dict[str, Any]:
    """The specification: every GPU by its names, and all together.

    Args:
        driver: the installed driver.
        strategies: how devices are named, of `STRATEGIES`.
    """
    devices = [_device(name, gpu) for gpu in driver.gpus for name in _names(gpu, strategies)]
    if driver.gpus:
        devices.append(_device("all", *driver.gpus))
    return {"cdiVersion": "0.5.0", "kind": KIND, "devices": devices, "containerEdits": common(driver)}


def common(driver: Driver) -> dict[str, Any]:
    """What every container gets, whatever devices it has."""
    folder = driver.libraries[0].rpartition("/")[0]
    hooks = [_hook("enable-cuda-compat", f"--host-driver-version={driver.version}")]
    hooks += [_hook("update-ldcache", "--folder", folder), _hook("disable-device-node-modification")]
    return {
        "env": [f"NVIDIA_CTK_LIBCUDA_DIR={folder}", "NVIDIA_VISIBLE_DEVICES=void"],
        "hooks": hooks,
        "mounts": [_mount(path) for path in (PROGRAM, *driver.libraries)],
    }


def _names(gpu: Gpu, strategies: tuple[str, ...]) -> list[str]:
    names = {"index": str(gpu.number), "uuid": gpu.uuid}
    return [names[strategy] for strategy in strategies]


def _device(name: str, *gpus: Gpu) -> dict[str, Any]:
    return {"name": name, "containerEdits": {"mounts": [_mount(gpu.file) for gpu in gpus]}}


def _mount(path: str) -> dict[str, Any]:
    return {"hostPath": path, "containerPath": path, "options": list(OPTIONS)}


def _hook(name: str, *arguments: str) -> dict[str, Any]:
    words = ["nvidia-cdi-hook", name, *arguments]
    return {"hookName": "createContainer", "path": HOOK, "args": words, "env": ["NVIDIA_CTK_DEBUG=false"]}
