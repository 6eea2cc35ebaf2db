"""What can be declared about one sandbox."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gpufleet.containers.model import Environment, Port
from roles.sandbox import checks
from roles.sandbox.checks import WORKSPACE
from roles.sandbox.parsing import MountText, parse_mount, parse_port

__all__ = ["WORKSPACE", "Sandbox"]

Text = Annotated[str, BeforeValidator(checks.quoted)]


class Sandbox(BaseModel):
    """One sandbox."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    image: Annotated[str | None, AfterValidator(checks.reference)] = Field(
        default=None,
        min_length=1,
        description="Image that it is made from: a name out of `cuda_image_more`, or one of Docker's, which is pulled "
        "when it is not on the host. Without it: the image of role cuda_image that has no name.",
    )
    workspace: Annotated[str | None, AfterValidator(checks.workspace)] = Field(
        default=None,
        description="Folder of the host that shows as /app, made when missing; `~/<name>` without it. `~` is the home "
        "of the user who connects.",
    )
    mounts: Annotated[list[str], AfterValidator(checks.mounts)] = Field(
        default_factory=list,
        description="Further folders or files of the host, as `~/dataset:/dataset:ro`; they must exist.",
    )
    gpus: Annotated[Literal["all", "none"] | list[str] | None, BeforeValidator(checks.gpus)] = Field(
        default=None,
        description="`all`, `none`, or a list of indices, UUIDs or full names of CDI devices. Without it `all`, and "
        "`none` on hosts with `platform_gpu: none`.",
    )
    gpu_request: Literal["runtime", "cdi", "gpus"] | None = Field(
        default=None, description="How it asks for GPUs; without it `sandbox_gpu_request`."
    )
    driver_capabilities: Annotated[list[str], AfterValidator(checks.capabilities)] = Field(
        default_factory=lambda: ["compute", "utility"],
        description="What of the driver is to be there: `compute`, `utility`, `graphics`, `video`, …; CDI brings "
        "everything.",
    )
    shm_size: Annotated[str, AfterValidator(checks.size)] = Field(
        default="16g", description="Size of /dev/shm, with units of 1024: `512m`, `16g`. A multiple of 4096 bytes."
    )
    user: Annotated[str | None, BeforeValidator(checks.quoted), AfterValidator(checks.user)] = Field(
        default=None, description="Who its processes are, as `1000:1000`; without it the image's user."
    )
    environment: Annotated[
        dict[str, str], BeforeValidator(checks.whole_numbers_as_text), AfterValidator(checks.variables)
    ] = Field(
        default_factory=Environment,
        repr=False,
        description="Variables. Their values are never shown and stand in no list of processes. A number with a point "
        'is written between quotes, as `"3.10"`.',
    )
    ports: Annotated[list[Text], AfterValidator(checks.ports)] = Field(
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

    vscode: bool = Field(
        default=False,
        description="Offer VS Code recommended extensions and settings in the workspace, `.vscode/extensions.json` and "
        "`.vscode/settings.json`. Files of yours stay, and so do these once you edit them.",
    )

    @property
    def parsed_mounts(self) -> list[MountText]:
        """The mounts, without the workspace."""
        return [parse_mount(text) for text in self.mounts]

    @property
    def parsed_ports(self) -> list[Port]:
        """The ports."""
        return [parse_port(text) for text in self.ports]

    @model_validator(mode="after")
    def _asks_for_what_its_way_can_give(self) -> Sandbox:
        named = [name for name in self.gpus or () if "=" in name] if isinstance(self.gpus, list) else []
        if named and self.gpu_request == "gpus":
            raise ValueError(f"gpus: {named[0]} is the name of a CDI device: set gpu_request to cdi or runtime")
        return self
