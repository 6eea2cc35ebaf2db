"""What a host without a network wants of a bundle for the CUDA image. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.bundle.wanted import Wanted, WantedImage
from gpufleet.settings import load
from roles.cuda_image.context import NEEDED_BYTES, image_reference, labels, recipe
from roles.cuda_image.settings import CudaImageSettings
from roles.platform.settings import PlatformSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.bundle.gather_choice import Choice
    from gpufleet.bundle.wanted import Target


def wanted(data: Mapping[str, object], target: Target, options: Choice) -> Wanted:  # noqa: ARG001 - every role's own
    """The images that the host may come to need: one for each CUDA major and each user that settings leave open.

    Args:
        data: the host's variables.
        target: the kind of host.
        options: what the command line says.

    Raises:
        SettingsError: the variables cannot be used.
    """
    settings = load(CudaImageSettings, data)
    if settings.cuda == "auto" and load(PlatformSettings, data).gpu == "none":
        return Wanted()
    majors = options.cuda if settings.cuda == "auto" else (settings.cuda,)
    users = {_ids(settings, user): None for user in options.users}
    return Wanted(images=tuple(_image(settings, major, user) for major in majors for user in users))


def _ids(settings: CudaImageSettings, user: tuple[int, int]) -> tuple[int, int]:
    uid, gid = user
    return (uid if settings.uid is None else settings.uid, gid if settings.gid is None else settings.gid)


def _image(settings: CudaImageSettings, major: int, user: tuple[int, int]) -> WantedImage:
    made_from = recipe(settings, major, *user)
    return WantedImage(
        reference=image_reference(made_from, major),
        recipe=made_from,
        labels=labels(made_from, major),
        setting="cuda_image_base",
        needed_bytes=NEEDED_BYTES,
    )
