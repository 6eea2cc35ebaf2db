"""What can be declared about sandboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from gpufleet.settings import RoleSettings
from roles.sandbox import checks
from roles.sandbox.container import Sandbox

if TYPE_CHECKING:
    from gpufleet.containers.model import Port

Name = Annotated[str, AfterValidator(checks.name)]


class SandboxSettings(RoleSettings):
    """Sandboxes: containers that live long, each with a workspace on the host that outlives it."""

    role: ClassVar[str] = "sandbox"

    containers: dict[Name, Sandbox] = Field(
        default_factory=lambda: {"python_sandbox": Sandbox()},
        description="Sandboxes by name; what can stand in each is listed below. A value given here replaces the whole "
        "of the default. Where no image is to be had for the default one (`platform_gpu: none`), it steps aside.",
    )
    gpu_request: Literal["runtime", "cdi", "gpus"] = Field(
        default="runtime",
        description="How sandboxes ask for GPUs: `runtime` by `--runtime=nvidia`, `cdi` by `--device nvidia.com/gpu=…`,"
        " `gpus` by `--gpus`. Exactly one is used.",
    )
    remove_undeclared: bool = Field(
        default=False,
        description="Consent to remove sandboxes that are no longer declared, once nobody uses them. Workspaces stay.",
    )
    remove: bool = Field(
        default=False,
        description="Consent that `gpufleet remove` removes the sandboxes that nobody uses, as its `--containers` is. "
        "Workspaces stay. Without it nothing goes from a host that has one.",
    )

    @model_validator(mode="after")
    def _share_no_port(self) -> SandboxSettings:
        taken: list[tuple[Port, str]] = []
        for name, sandbox in self.containers.items():
            for port in sandbox.parsed_ports:
                if other := next((its for held, its in taken if port.takes_from(held)), None):
                    raise ValueError(
                        f"sandbox_containers[{name!r}].ports: {other!r} has port {port.outside} of the host already"
                    )
            taken += [(port, name) for port in sandbox.parsed_ports]
        return self
