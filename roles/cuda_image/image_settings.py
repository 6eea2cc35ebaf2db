"""What can be declared about one CUDA image."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from roles.cuda_image.bases import WORKING, objection

if TYPE_CHECKING:
    from gpufleet.platform import Access

Id = Annotated[int, Field(ge=0, le=4_294_967_294)]
"""A user's or a group's id; the highest one of 32 bits means "no change" to chown(2)."""
_REFERENCE = re.compile(r"[a-z0-9][\w.:/-]*(?:@sha256:[0-9a-f]{64})?", re.ASCII)
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9.+-]+(?::[a-z0-9-]+)?(?:=[\w.+:~-]+)?", re.ASCII)
_ELSEWHERE = re.compile(r"^\s*(?:-[rce]|--(?:requirement|constraint|editable)\b).*", re.MULTILINE)


class ImageSettings(BaseModel):
    """What can be declared about one image."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    cuda: Literal["auto", 12, 13] = Field(
        default="auto",
        description="CUDA major. `auto` takes 13 where every GPU has compute capability 7.5 or newer and driver 580 or "
        "newer, else 12 with driver 525 or newer; a host that works with one stays with it while it can, and one "
        "without GPU gets no image. 12 and 13 build on hosts without GPU too.",
    )
    variant: Literal["lean", "devel"] = Field(
        default="lean",
        description="`devel` adds a compiler, git, an SSH client, vim and man pages, those of the base included, "
        "of which it takes newer versions where those that the base has are no longer served.",
    )
    base: str = Field(
        default="debian:trixie-slim",
        description="Image that it is built on, tag or digest: Debian or Ubuntu with Python 3.11 to 3.14 among its "
        f"packages ({', '.join(WORKING)}), or an image that brings such a Python.",
    )
    requirements: str | None = Field(
        default=None,
        description="Python packages besides the locked ones: path of a requirements file on the machine that runs "
        "gpufleet. One that holds hashes is installed with --require-hashes; the locked versions stay in any case.",
    )
    apt_packages: list[str] = Field(
        default_factory=list,
        description="Packages of the base's distribution, as `git` or `git=1:2.47.3-0+deb13u1`.",
    )
    uid: Id | None = Field(
        default=None,
        description="User id inside. By default that of the user who connects; 1000 where root does.",
    )
    gid: Id | None = Field(
        default=None,
        description="Group id inside; a group that has it keeps its name. By default that of the user who connects; "
        "1000 where root does.",
    )
    user: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,30}$")] = Field(
        default="sandbox",
        description="Name of the user inside; one that the base has under this user id keeps its own.",
    )

    @field_validator("cuda", mode="before")
    @classmethod
    def _may_be_quoted(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @field_validator("base")
    @classmethod
    def _can_be_a_base(cls, value: str) -> str:
        if not _REFERENCE.fullmatch(value):
            raise ValueError("not a reference of an image, as debian:trixie-slim")
        if reason := objection(value):
            raise ValueError(f"{reason}. Bases that work: {', '.join(WORKING)}, and images made from them")
        return value

    @field_validator("requirements")
    @classmethod
    def _is_a_file_of_its_own(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not Path(value).is_file():
            raise ValueError("no such file")
        if found := _ELSEWHERE.search(Path(value).read_text(encoding="utf-8")):
            raise ValueError(f"`{found[0].strip()}` names a file that the build does not have: put its lines in here")
        return value

    @field_validator("apt_packages")
    @classmethod
    def _are_packages(cls, value: list[str]) -> list[str]:
        for name in value:
            if not _PACKAGE.fullmatch(name):
                raise ValueError(f"{name!r} is not a package")
        return value

    def ids(self, access: Access) -> tuple[int, int]:
        """User and group id of the user inside.

        Args:
            access: who connects to the host.
        """
        uid, gid = access.ids_inside
        return (uid if self.uid is None else self.uid, gid if self.gid is None else self.gid)
