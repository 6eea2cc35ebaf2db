"""What can be declared about the hosts themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from gpufleet.settings import RoleSettings

if TYPE_CHECKING:
    from gpufleet.platform import Platform


class PlatformSettings(RoleSettings):
    """What a host must be; a host that is not is refused before anything changes."""

    role: ClassVar[str] = "platform"

    gpu: Literal["auto", "required", "none"] = Field(
        default="auto",
        description="`required` refuses a host on which `nvidia-smi` shows no GPU, `auto` says so and goes on, `none` "
        "asks for no GPU and says nothing.",
    )
    driver_floor: Annotated[str, Field(pattern=r"^\d+(\.\d+)*$")] = Field(
        default="510",
        description="Oldest NVIDIA driver that will do where there is a GPU, on WSL that of Windows. CUDA 12 needs "
        "525, CUDA 13 needs 580.",
    )
    minimum_free_gb: Annotated[float, Field(ge=0)] = Field(
        default=5,
        description="Space that must be free where Docker keeps its data, in GB (10^9 bytes). A CUDA image takes "
        "1 to 20 of them. A host that has Docker already is told so and goes on.",
    )
    wsl_boot: Literal["command", "systemd", "none"] = Field(
        default="command",
        description="What starts Docker with a WSL distribution whose init is not systemd: `command` is a script that "
        "WSL runs at each start (`[boot] command` in /etc/wsl.conf, beside a command of your own); `systemd` switches "
        "systemd on there, which takes a `wsl.exe --shutdown` in Windows; `none` starts nothing. Where systemd=true "
        "stands there already it counts as `systemd`.",
    )
    allow_unsupported: bool = Field(
        default=False,
        description="Go on with a distribution or an architecture that gpufleet does not know, at one's own risk. "
        "What is refused for other reasons stays refused.",
    )

    def starts_by_command(self, platform: Platform) -> bool:
        """Whether a command of ours is what starts Docker with this distribution.

        Args:
            platform: what the host is.
        """
        lacks = bool(platform.wsl) and not platform.systemd and not platform.desktop
        return lacks and self.wsl_boot == "command" and not platform.systemd_on

    def awaits_systemd(self, platform: Platform) -> bool:
        """Whether systemd is to be the init of this distribution, as declared or by its /etc/wsl.conf, and is not yet.

        Args:
            platform: what the host is.
        """
        wanted = self.wsl_boot == "systemd" or platform.systemd_on
        return bool(platform.wsl) and not platform.systemd and not platform.desktop and wanted

    @field_validator("driver_floor", mode="before")
    @classmethod
    def _may_stand_without_quotes(cls, value: object) -> object:
        """YAML reads `525` as a number, and `535.54` too."""
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
