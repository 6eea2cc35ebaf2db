"""Build .deb files whose data is packed once for all revisions: compressing a hundred megabytes is what takes time.

A .deb is an `ar` archive of three members: debian-binary, control.tar and data.tar (deb(5)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab.command import run

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"!<arch>\n"
HEADER = 60
CONTROL = "Package: data\nVersion: 0\nArchitecture: all\nMaintainer: nobody <nobody@lab.invalid>\nDescription: none\n"


def members(archive: bytes) -> list[bytes]:
    """The members of an `ar` archive, each with its header and padding.

    Raises:
        ValueError: it is none.
    """
    if not archive.startswith(MAGIC):
        raise ValueError("not an ar archive")
    found, at = [], len(MAGIC)
    while at < len(archive):
        size = int(archive[at + 48 : at + 58])
        end = at + HEADER + size + size % 2
        found.append(archive[at:end])
        at = end
    return found


def data(tree: Path) -> bytes:
    """The data member of a package that holds the files of `tree`, all owned by root."""
    folder = tree / "DEBIAN"
    folder.mkdir()
    (folder / "control").write_text(CONTROL)
    return _built(tree)[2]


def write(path: Path, control: Path, payload: bytes) -> None:
    """Write the package `path`: the control files of the folder `control`/DEBIAN over a data member."""
    path.write_bytes(MAGIC + b"".join([*_built(control)[:2], payload]))


def _built(tree: Path) -> list[bytes]:
    scratch = tree.with_suffix(".deb")
    # --nocheck: configuration files are named in one tree and lie in another. Level 1: packed more often than sent.
    options = ["--root-owner-group", "--nocheck", "-Zzstd", "-z1"]
    run(["dpkg-deb", *options, "--build", str(tree), str(scratch)])
    built = scratch.read_bytes()
    scratch.unlink()
    return members(built)
