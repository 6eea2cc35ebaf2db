"""The image of the mirror's two containers: Debian's nginx and docker-registry, nothing around them.

No debootstrap and no installation: unpacked, these packages run. busybox is there for a look inside and to remove
files.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.command import run

if TYPE_CHECKING:
    from docker import DockerClient

    from tests.lab.mirror.debian import Archive

PROGRAMS = ("nginx", "docker-registry", "busybox", "base-passwd")
LIBRARIES = ("libc6", "libcrypt1", "libpcre2-8-0", "libssl3t64", "libzstd1", "zlib1g")  # what these load, by readelf
CODENAME = "trixie"
REPOSITORY = "gpufleet-lab/mirror"
ROOT_FILE = "root.tar"
CONFIGURATION = Path(__file__).with_name("configuration")


def make(debian: Archive, folder: Path) -> None:
    """Write the root file system as a tar into `folder`.

    Raises:
        CommandError: the archive cannot be reached.
    """
    packages, root = folder / "packages", folder / "root"
    packages.mkdir()
    debian.download(CODENAME, (*PROGRAMS, *LIBRARIES), packages)
    for name in ("bin", "sbin", "lib", "lib64"):  # base-files has these links; no other package brings them
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for deb in packages.glob("*.deb"):
        run(["dpkg-deb", "--extract", str(deb), str(root)])
    _configure(root)
    run(["tar", "--create", "--numeric-owner", "--file", str(folder / ROOT_FILE), "-C", str(root), "."])
    for leftover in (packages, root):
        shutil.rmtree(leftover)


def _configure(root: Path) -> None:
    for name in ("passwd", "group"):
        shutil.copy(root / f"usr/share/base-passwd/{name}.master", root / "etc" / name)
    for folder in ("run", "tmp", "proc", "sys", "dev", "var/log/nginx", "var/lib/nginx"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    shutil.copytree(CONFIGURATION, root / "etc/mirror")
    for ballast in ("doc", "man", "locale"):
        shutil.rmtree(root / "usr/share" / ballast, ignore_errors=True)


def ensure_image(client: DockerClient, folder: Path, tag: str) -> str:
    """Name of the image in the engine, imported from what `make` left in `folder` when it is missing."""
    name = f"{REPOSITORY}:{tag}"
    if not client.images.list(name=name):
        client.api.import_image_from_file(str(folder / ROOT_FILE), repository=REPOSITORY, tag=tag)
    return name
