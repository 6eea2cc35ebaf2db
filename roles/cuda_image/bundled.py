"""What a host without a network wants of a bundle for its CUDA images. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.bundle.wanted import Wanted, WantedImage
from gpufleet.settings import load
from roles.cuda_image.context import NEEDED_BYTES, image_reference, labels, recipe
from roles.cuda_image.settings import CudaImageSettings
from roles.platform.settings import PlatformSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gpufleet.bundle.gather_choice import Choice
    from gpufleet.bundle.wanted import Target


def wanted(data: Mapping[str, object], target: Target, options: Choice) -> Wanted:  # noqa: ARG001 - every role's own
    """The images that the host may come to need: of each one for each CUDA major and user that settings leave open.

    Args:
        data: the host's variables.
        target: the kind of host.
        options: what the command line says.

    Raises:
        SettingsError: the variables cannot be used.
    """
    settings = load(CudaImageSettings, data)
    gpus = load(PlatformSettings, data).gpu != "none"
    names = (None, *settings.more)
    return Wanted(images=tuple(each for name in names for each in _one(settings, name, options, gpus=gpus)))


def _one(settings: CudaImageSettings, name: str | None, options: Choice, *, gpus: bool) -> Iterator[WantedImage]:
    """One declared image, in each form that a host may come to need."""
    image = settings.image(name)
    if image.cuda == "auto" and not gpus:
        return
    # One that leaves its CUDA open gets that of the role's own image
    declared = settings.cuda if image.cuda == "auto" else image.cuda
    majors = options.cuda if declared == "auto" else (declared,)
    users = {_ids(image, user): None for user in options.users}
    yield from (_image(image, major, user, settings.variable(name, "base")) for major in majors for user in users)


def _ids(image: CudaImageSettings, user: tuple[int, int]) -> tuple[int, int]:
    uid, gid = user
    return (uid if image.uid is None else image.uid, gid if image.gid is None else image.gid)


def _image(image: CudaImageSettings, major: int, user: tuple[int, int], setting: str) -> WantedImage:
    made_from = recipe(image, major, *user)
    return WantedImage(
        reference=image_reference(made_from, major),
        recipe=made_from,
        labels=labels(made_from, major),
        setting=setting,
        needed_bytes=NEEDED_BYTES,
    )
