"""What the CUDA image is built from: files of this repository and what is declared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gpufleet.images.recipe import CONTENT_LABEL, CUDA_LABEL, ROLE_LABEL, Recipe, content_hash, reference

if TYPE_CHECKING:
    from roles.cuda_image.settings import CudaImageSettings

REPOSITORY = "gpufleet/cuda"
FOLDER = Path(__file__).parents[2] / "files" / "cuda_image"
NEEDED_BYTES = 3_000_000_000
"""What a build takes at most without packages of one's own: the image twice (steps and result share most of it), and
pip's downloads."""
SAME_FOR_ALL = ("Dockerfile", "host.sh", "system.sh", "python.sh", "own.sh", "user.sh", "check.py")
LAST_STAGE = "\nFROM packages\n"
"""Where the user is added, in the Dockerfile; what it goes on from is another stage in the variant `devel`."""


def recipe(settings: CudaImageSettings, major: int, uid: int, gid: int) -> Recipe:
    """The recipe of the image.

    Args:
        settings: what is declared.
        major: CUDA's.
        uid: of the user inside.
        gid: of their group.
    """
    files = {name: (FOLDER / name).read_text(encoding="utf-8") for name in SAME_FOR_ALL}
    files["requirements.lock"] = (FOLDER / f"requirements-cuda{major}.lock").read_text(encoding="utf-8")
    if settings.variant == "devel":
        files |= _devel(files["Dockerfile"])
    own = Path(settings.requirements).read_text(encoding="utf-8") if settings.requirements else ""
    files["requirements.txt"] = own if own.strip() else ""
    arguments = {
        "APT_PACKAGES": " ".join(sorted(set(settings.apt_packages))),
        "USER_NAME": settings.user,
        "USER_UID": str(uid),
        "USER_GID": str(gid),
    }
    return Recipe(settings.base, files, arguments)


def _devel(dockerfile: str) -> dict[str, str]:
    """The files of the variant `devel` that differ from the lean image's; that one's name depends on none of them."""
    stage, script = ((FOLDER / name).read_text(encoding="utf-8") for name in ("devel.Dockerfile", "devel.sh"))
    return {"Dockerfile": dockerfile.replace(LAST_STAGE, f"\n{stage}\nFROM devel\n"), "devel.sh": script}


def labels(recipe: Recipe, major: int) -> dict[str, str]:
    """The labels of the image that a recipe makes, but for those of its base."""
    return {ROLE_LABEL: "cuda_image", CONTENT_LABEL: content_hash(recipe), CUDA_LABEL: str(major)}


def image_reference(recipe: Recipe, major: int) -> str:
    """Its name, as `gpufleet/cuda:12-0123456789ab`."""
    return reference(REPOSITORY, str(major), content_hash(recipe))
