"""What can be declared about the CUDA images of a host."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from gpufleet.settings import RoleSettings
from roles.cuda_image.image_settings import ImageSettings

DEPLOY = "CUDA image"
"""What the role's items are called in reports, and what their ids begin with."""
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


def _name(value: str) -> str:
    """A name of an image: no two may make the same id of an operation, and none reads as registry, tag or digest."""
    if not _NAME.fullmatch(value):
        raise ValueError("not a name for an image: small letters, digits and single hyphens between, as in pytorch-25")
    return value


def _quoted(value: object) -> object:
    """YAML reads 25 as a number and `on` as yes."""
    if not isinstance(value, str):
        raise ValueError('YAML has read no text: write the name between quotes, as in "25"')  # noqa: TRY004 - pydantic's
    return value


Name = Annotated[str, BeforeValidator(_quoted), AfterValidator(_name)]


def build(name: str | None) -> str:
    """What the operation is called that has an image, which makes its id.

    Args:
        name: of the image; None for the role's own.
    """
    return f"Build the image {name}" if name else "Build the image"


class CudaImageSettings(ImageSettings, RoleSettings):
    """The image with Python and Numba for CUDA: its CUDA, its base, what it holds besides, its user; and others."""

    role: ClassVar[str] = "cuda_image"

    keep: Annotated[int, Field(ge=0)] = Field(
        default=2,
        description="How many images of this role stay beside the declared ones although no container uses them.",
    )
    more: dict[Name, ImageSettings] = Field(
        default_factory=dict,
        description='Further images of the host by name, as `pytorch: {base: "nvcr.io/nvidia/pytorch:25.08-py3"}`. A '
        "sandbox is made from one with `image: pytorch`, a job with `gpufleet run --image pytorch`. A name that is "
        "declared here wins over an image of Docker's; that one is written with its tag, `pytorch:latest`.",
    )

    def image(self, name: str | None) -> CudaImageSettings:
        """What is declared of one image, with the role's own settings where it says nothing itself.

        Args:
            name: of one of `more`; None for the role's own image.
        """
        given = self.more[name] if name is not None else self
        return self.model_copy(update={field: getattr(given, field) for field in given.model_fields_set})

    def variable(self, name: str | None, field: str) -> str:
        """The variable that declares a field of an image, for messages.

        Args:
            name: of one of `more`; None for the role's own image.
            field: `base`, for instance.
        """
        own = f"{self.role}_{field}"
        return f"{self.role}_more[{name!r}].{field}" if name and field in self.more[name].model_fields_set else own
