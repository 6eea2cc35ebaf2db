"""What can be declared about the NVIDIA Container Toolkit."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field, field_validator

from gpufleet.apt.declared import Fingerprint, Repository, a_version
from gpufleet.settings import RoleSettings

FINGERPRINT = "C95B321B61E88C1809C4F759DDCAE044F796ECB0"
"""The key that signs NVIDIA's repository; its InRelease names it, and many pin it."""

FLOOR = (1, 17, 8)
"""The first version without the known ways out of a container (CVE-2025-23266, CVE-2025-23359, CVE-2024-0132)."""


class NvidiaContainerToolkitSettings(RoleSettings):
    """NVIDIA Container Toolkit: where it comes from, its version, and how containers get at GPUs."""

    role: ClassVar[str] = "nvidia_container_toolkit"

    version: str = Field(
        default="1.20.0-1",
        description="Exact version of all four packages, which are then held with apt-mark; `1.20.0` means `1.20.0-1`. "
        "1.17.8 is the oldest that is accepted, on WSL 1.19.1.",
    )
    repository: Repository = Field(
        default="https://nvidia.github.io/libnvidia-container/stable/deb",
        description="NVIDIA's apt repository or a mirror of it, without the architecture. Its key is looked for at "
        "`gpgkey` beside `stable`.",
    )
    key_fingerprint: Fingerprint = Field(
        default=FINGERPRINT,
        description="Fingerprint of the primary key that signs the repository, 40 hexadecimal digits.",
    )
    default_runtime: bool = Field(
        default=False,
        description="Make `nvidia` Docker's default runtime, as Kubernetes nodes have it, and that of containerd where "
        "that is declared. Off again, it is `runc`.",
    )
    cdi: bool = Field(
        default=True,
        description="Have a CDI specification of the GPUs, now and after each boot, and CDI on in Docker, so that "
        "`--device nvidia.com/gpu=all` works. Off again, our unit, its script and the specification go; NVIDIA's own "
        "nvidia-cdi-refresh.service stays and writes one after a boot or a new driver, and Docker reads it where CDI "
        "is on by itself, from 28.2 on (`docker_engine_daemon: {features: {cdi: false}}` switches that off).",
    )
    containerd: bool = Field(
        default=False,
        description="Have the runtime `nvidia` in containerd, too, and CDI: in a file of its own beside "
        "/etc/containerd/config.toml, which imports it and is otherwise left as it is. It is for Kubernetes and "
        "crictl; `ctr` and `nerdctl` need nothing of it. Off again, file and import go.",
    )

    @field_validator("version")
    @classmethod
    def _is_a_version(cls, value: str) -> str:
        known = a_version(value, FLOOR, example="1.20.0-1")
        if not re.match(r"\d+\.\d+\.\d+", known):
            raise ValueError("not a whole version: it has three numbers, as 1.20.0-1 does")
        return known if "-" in known else f"{known}-1"
