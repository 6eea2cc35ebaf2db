"""What the role has to say about a host before anything changes there. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gpufleet.containers.model import NVIDIA_CDI
from gpufleet.finding import Difference
from gpufleet.images.named import meant
from gpufleet.settings import load
from roles.cuda_image.settings import CudaImageSettings
from roles.docker_engine.settings import DockerEngineSettings
from roles.platform.settings import PlatformSettings
from roles.sandbox.settings import SandboxSettings
from roles.sandbox.wanted import requested, waits, way_to_gpus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gpufleet.platform import Platform
    from roles.sandbox.container import Sandbox

CDI_SINCE = 25
"""Docker's first major version that knows CDI (moby, release notes of 25.0)."""


def refusals(platform: Platform, data: Mapping[str, object]) -> Iterator[Difference]:
    """Why this host cannot have the sandboxes that are declared.

    Args:
        platform: what the host is.
        data: its variables.
    """
    settings, declared = load(SandboxSettings, data), load(PlatformSettings, data)
    for name, sandbox in settings.containers.items():
        devices = requested(sandbox, declared)
        if likely := meant(sandbox.image or "", load(CudaImageSettings, data).more):
            yield misnamed(name, sandbox.image or "", f"Did you mean {likely}?")
        elif declared.gpu == "none" and devices:
            yield _refused(
                name, "no GPU", f"gpus: {_list(devices)}", "Declare gpus: none for it, or another platform_gpu."
            )
        elif declared.gpu == "none" and _lacks_image(sandbox, settings, data):
            way_out = f"Give it an image, or set {_cuda_of(sandbox, data)} to 12 or 13."
            yield _refused(name, "an image", "none: without a GPU no CUDA image is built by itself", way_out)
        elif platform.wsl and devices and devices != ("all",):
            way_out = "Declare gpus: all; inside, CUDA_VISIBLE_DEVICES chooses among them."
            yield _refused(name, "all GPUs or none: WSL has no others to offer", f"gpus: {_list(devices)}", way_out)
        elif devices and platform.desktop and way_to_gpus(sandbox, settings, desktop=True) == "cdi":
            way_out = "Leave gpu_request out."
            yield _refused(name, "gpu_request: gpus, as Docker Desktop gives GPUs", "gpu_request: cdi", way_out)
        elif devices and way_to_gpus(sandbox, settings) == "cdi" and (version := _too_old_for_cdi(platform, data)):
            way_out = "Declare gpu_request: runtime, or a newer docker_engine_version."
            yield _refused(name, "Docker 25 or newer for gpu_request: cdi", f"Docker {version}", way_out)
        elif platform.gpus and (missing := _missing(devices, platform)):
            yield _refused(name, f"GPUs of this host: {_known(platform)}", f"gpus: {_list(missing)}", _CHOOSE)


_CHOOSE = "Declare GPUs that are there; `nvidia-smi -L` lists them."


def notices(platform: Platform, data: Mapping[str, object]) -> Iterator[str]:
    """What a person should know of a host that can have them."""
    settings, declared = load(SandboxSettings, data), load(PlatformSettings, data)
    yield from _stops_with_its_terminal(platform, settings)
    if declared.gpu == "none":
        return
    if lacking := [name for name, sandbox in settings.containers.items() if _is_not_made(sandbox, platform, data)]:
        variables = " and ".join(dict.fromkeys(_cuda_of(settings.containers[name], data) for name in lacking))
        yield (
            f"sandboxes that are not made, since their CUDA image is not built without a GPU: {_list(lacking)} "
            f"(give them an image, or set {variables} to 12 or 13)"
        )
    waiting = [name for name, sandbox in settings.containers.items() if waits(sandbox, declared, platform)]
    if waiting:
        yield (
            f"sandboxes that wait for a GPU, and are left as they are until one is seen: {_list(waiting)} "
            "(`gpus: none` has them made without)"
        )
    elif not (platform.systemd or platform.desktop or declared.starts_by_command(platform)):
        yield "no systemd: a sandbox that Docker fails to start again after a boot stays down until the next apply"


def _stops_with_its_terminal(platform: Platform, settings: SandboxSettings) -> Iterator[str]:
    """Neither containers nor services keep a WSL distribution running (microsoft/WSL, issues 9968 and 8854)."""
    if platform.wsl and not platform.desktop and not platform.kept_running and settings.containers:
        yield (
            "WSL stops this distribution about a minute after its last terminal is closed, and its sandboxes with it. "
            "To keep it running write `[general] instanceIdleTimeout=-1` and `[wsl2] vmIdleTimeout=-1` into "
            "%UserProfile%\\.wslconfig in Windows (WSL 2.5 or newer), then run `wsl.exe --shutdown` there; or leave a "
            "terminal open"
        )


def _lacks_image(sandbox: Sandbox, settings: SandboxSettings, data: Mapping[str, object]) -> bool:
    """Whether it has none that can be built without a GPU; the default sandbox then steps aside by itself."""
    return "containers" in settings.model_fields_set and _is_for_a_gpu(sandbox, data)


def _is_for_a_gpu(sandbox: Sandbox, data: Mapping[str, object]) -> bool:
    """Whether its image is one of role cuda_image that is only built for a GPU."""
    cuda = load(CudaImageSettings, data)
    return (sandbox.image is None or sandbox.image in cuda.more) and cuda.image(sandbox.image).cuda == "auto"


def _cuda_of(sandbox: Sandbox, data: Mapping[str, object]) -> str:
    """The variable that declares the CUDA of its image, which is one of role cuda_image."""
    return load(CudaImageSettings, data).variable(sandbox.image, "cuda")


def _is_not_made(sandbox: Sandbox, platform: Platform, data: Mapping[str, object]) -> bool:
    """Whether it asks for no GPU, and for the image that is only built for one."""
    return (
        _is_for_a_gpu(sandbox, data)
        and not platform.gpus
        and not waits(sandbox, load(PlatformSettings, data), platform)
    )


def _too_old_for_cdi(platform: Platform, data: Mapping[str, object]) -> str | None:
    """The Docker that the host has or is to have, where it is one before CDI (moby 25.0); None otherwise."""
    there = platform.docker.version or platform.docker.daemon_version if platform.docker else None
    version = load(DockerEngineSettings, data).version or there or ""
    major = re.match(r"(?:\d+:)?(\d+)\.", version)
    return version if major and int(major[1]) < CDI_SINCE else None


def _missing(devices: Sequence[str], platform: Platform) -> list[str]:
    """Those of which the host does not show exactly one; MIG and other CDI devices are the runtime's to know."""
    return [device for device in devices if not _there(device.removeprefix(NVIDIA_CDI), platform)]


def _there(device: str, platform: Platform) -> bool:
    if device.isdecimal():
        return int(device) < len(platform.gpus)
    named = [gpu for gpu in platform.gpus if gpu.uuid.startswith(device)]
    return not device.startswith("GPU-") or len(named) == 1


def _known(platform: Platform) -> str:
    return ", ".join(f"{index} ({gpu.uuid})" for index, gpu in enumerate(platform.gpus))


def _list(words: Sequence[str]) -> str:
    return ", ".join(words)


def misnamed(name: str, image: str, hint: str) -> Difference:
    """That a sandbox names an image which is neither declared nor likely one of Docker's.

    Args:
        name: of the sandbox.
        image: what it names.
        hint: what was likely meant, a sentence.
    """
    way_out = f"{hint} An image of Docker's of that name is written with its tag, {image}:latest."
    return _refused(name, "a declared image (cuda_image_more), or one of Docker's", f"image: {image}", way_out)


def _refused(name: str, expected: str, observed: str, way_out: str) -> Difference:
    return Difference(
        kind="config", refused=True, resource=f"sandbox {name}", expected=expected, observed=observed, remedy=way_out
    )
