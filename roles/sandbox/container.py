"""What can be declared about one sandbox."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from gpufleet.containers.model import PREVIOUS, Environment, Port, parse_size
from roles.sandbox.parsing import MountText, canonical_gpu, container_path, host_path, parse_mount, parse_port

if TYPE_CHECKING:
    from collections.abc import Callable

Parsed = TypeVar("Parsed")
WORKSPACE = "/app"
"""Where the workspace shows inside."""
GPU_VARIABLES = {"NVIDIA_VISIBLE_DEVICES": "gpus", "NVIDIA_DRIVER_CAPABILITIES": "driver_capabilities"}
PAGE = 4096
"""Bytes of a page of memory."""
CAPABILITIES = ("all", "compute", "compat32", "display", "graphics", "ngx", "utility", "video")
"""Of the driver, as the NVIDIA Container Toolkit names them."""


def _name(value: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+", value):
        raise ValueError("not a container's name: letters, digits, _ . and -, at least two, a letter or digit first")
    if value.endswith(PREVIOUS):
        raise ValueError(f"names that end in {PREVIOUS} are kept for containers that are being replaced")
    return value


check_name = AfterValidator(_name)


def _quoted(value: object) -> object:
    """YAML reads 22:22 as the number 1342."""
    if type(value) in {int, float}:
        raise ValueError('YAML has read a number: write it between quotes, as in "8888:8888" or "1000:1000"')
    return value


GPU = r"\d+(:\d+)?|(GPU|MIG)-[0-9A-Za-z/-]+|[a-z][\w.-]*/[\w.-]+=[\w.:-]+"
"""An index, an index of a MIG device (`0:1`), a UUID, or the full name of a CDI device."""
Text = Annotated[str, BeforeValidator(_quoted)]


class Sandbox(BaseModel):
    """One sandbox."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    image: str | None = Field(
        default=None,
        min_length=1,
        description="Image that it is made from, pulled when it is not on the host. Without it: the image of role "
        "cuda_image.",
    )
    workspace: str | None = Field(
        default=None,
        description="Folder of the host that shows as /app, made when missing; `~/<name>` without it. `~` is the home "
        "of the user who connects.",
    )
    mounts: list[str] = Field(
        default_factory=list,
        description="Further folders or files of the host, as `~/dataset:/dataset:ro`; they must exist.",
    )
    gpus: Literal["all", "none"] | list[str] | None = Field(
        default=None,
        description="`all`, `none`, or a list of indices, UUIDs or full names of CDI devices. Without it `all`, and "
        "`none` on hosts with `platform_gpu: none`.",
    )
    gpu_request: Literal["runtime", "cdi", "gpus"] | None = Field(
        default=None, description="How it asks for GPUs; without it `sandbox_gpu_request`."
    )
    driver_capabilities: list[str] = Field(
        default_factory=lambda: ["compute", "utility"],
        description="What of the driver is to be there: `compute`, `utility`, `graphics`, `video`, …; CDI brings "
        "everything.",
    )
    shm_size: str = Field(default="16g", description="Size of /dev/shm, with units of 1024: `512m`, `16g`.")
    user: Annotated[str | None, BeforeValidator(_quoted)] = Field(
        default=None, description="Who its processes are, as `1000:1000`; without it the image's user."
    )
    environment: dict[str, str] = Field(
        default_factory=Environment,
        repr=False,
        description="Variables. Their values are never shown and stand in no list of processes.",
    )
    ports: list[Text] = Field(
        default_factory=list,
        description='Ports of the host that lead inside, as `"8888:8888"`, or `"127.0.0.1:8888:8888"` for this host '
        "only.",
    )
    restart_policy: Literal["no", "always", "unless-stopped", "on-failure"] = Field(
        default="unless-stopped", description="When Docker starts it again by itself."
    )
    command: list[str] | None = Field(
        default=None,
        min_length=1,
        description="What runs in it, handed to the image's entry point. Without it nothing does, and it waits for "
        "`docker exec`.",
    )

    @property
    def parsed_mounts(self) -> list[MountText]:
        """The mounts, without the workspace."""
        return [parse_mount(text) for text in self.mounts]

    @property
    def parsed_ports(self) -> list[Port]:
        """The ports."""
        return [parse_port(text) for text in self.ports]

    @field_validator("workspace")
    @classmethod
    def _is_a_path(cls, value: str | None) -> str | None:
        if value is not None and ":" in value:
            raise ValueError("a folder of the host only: it always shows as /app")
        return value if value is None else host_path(value)

    @field_validator("mounts")
    @classmethod
    def _are_mounts(cls, value: list[str]) -> list[str]:
        targets = [_each(text, parse_mount).target for text in value] + [WORKSPACE]
        for target in targets:
            if targets.count(target) > 1:
                raise ValueError(f"two mounts at {container_path(target)} ({WORKSPACE} is the workspace)")
        return value

    @field_validator("ports")
    @classmethod
    def _are_ports(cls, value: list[str]) -> list[str]:
        taken: list[Port] = []
        for port in (_each(text, parse_port) for text in value):
            if any(port.takes_from(other) for other in taken):
                raise ValueError(f"port {port.outside} of the host leads inside twice")
            taken.append(port)
        return value

    @field_validator("image")
    @classmethod
    def _is_a_reference(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9][^\s\x00-\x1f]*", value):
            raise ValueError("not the name of an image, as in debian:trixie-slim")
        return value

    @field_validator("gpus", mode="before")
    @classmethod
    def _are_gpus(cls, value: object) -> object:
        """Indices may be written as numbers."""
        if value is None or value in ("all", "none"):
            return value
        listed = value if isinstance(value, list) else []
        names = [canonical_gpu(str(name)) for name in listed if type(name) in {int, str}]
        names = [name for name in names if re.fullmatch(GPU, name)]
        if not names or len(names) != len(listed):
            raise ValueError("neither all, nor none, nor a list of GPUs, as in [0, 1] or [GPU-5d5ba0d6-…]")
        return names

    @field_validator("driver_capabilities")
    @classmethod
    def _are_capabilities(cls, value: list[str]) -> list[str]:
        for name in value:
            if name not in CAPABILITIES:
                raise ValueError(f"{name!r} is not one of {', '.join(CAPABILITIES)}")
        if not value:
            raise ValueError("an empty list: write gpus: none for no GPU")
        return value

    @field_validator("shm_size")
    @classmethod
    def _is_a_size(cls, value: str) -> str:
        if parse_size(value) < 1 << 20:
            raise ValueError("less than 1m: is a unit missing, as in 16g?")
        if parse_size(value) % PAGE:
            raise ValueError(f"not a multiple of {PAGE} bytes, to which the kernel would round it up")
        return value

    @field_validator("user")
    @classmethod
    def _is_a_user(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[a-zA-Z0-9_][\w.-]*(:[a-zA-Z0-9_][\w.-]*)?", value):
            raise ValueError("not a user: a name or a number, with a group behind a colon, as in 1000:1000")
        return value

    @field_validator("environment", mode="before")
    @classmethod
    def _whole_numbers_are_text(cls, value: object) -> object:
        """Others are not: YAML has read 3.10 as 3.1."""
        if not isinstance(value, dict):
            return value
        for name, part in value.items():
            if type(part) is float:
                raise ValueError(f'{name}: YAML has read a number: write it between quotes, as in "3.10"')
        return {name: str(part) if type(part) is int else part for name, part in value.items()}

    @field_validator("environment")
    @classmethod
    def _are_variables(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                raise ValueError(f"{name!r} is not the name of a variable")
            if name in GPU_VARIABLES:
                raise ValueError(f"{name}: set {GPU_VARIABLES[name]} instead")
            if re.search(r"[\n\r\x00]", text):
                raise ValueError(f"{name}: Docker takes no value of more than one line; mount a file")
        return Environment(value)

    @model_validator(mode="after")
    def _asks_for_what_its_way_can_give(self) -> Sandbox:
        named = [name for name in self.gpus or () if "=" in name] if isinstance(self.gpus, list) else []
        if named and self.gpu_request == "gpus":
            raise ValueError(f"gpus: {named[0]} is the name of a CDI device: set gpu_request to cdi or runtime")
        return self


def _each(text: str, parse: Callable[[str], Parsed]) -> Parsed:
    try:
        return parse(text)
    except ValueError as error:
        message = str(error)
        raise ValueError(message if text in message else f"{text!r}: {message}") from None
