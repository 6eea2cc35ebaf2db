"""Apt repositories laid out and signed as the vendors' are: download.docker.com/linux/debian, and NVIDIA's flat one."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import shutil
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.command import run
from tests.lab.mirror.debian import architecture

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.lab.mirror.keys import SigningKey

VENDOR_DEBS = "LAB_VENDOR_DEBS"
COMPONENT = "stable"
FLAT_DATE = "Fri, 27 Apr 2018 00:00:00 UTC"


def vendor_debs() -> list[Path]:
    """The .deb files of the folder that the environment variable LAB_VENDOR_DEBS names; none without it.

    Raises:
        FileNotFoundError: the folder does not exist, or holds no .deb file.
    """
    folder = os.environ.get(VENDOR_DEBS)
    if not folder:
        return []
    found = sorted(Path(folder).glob("*.deb"))
    if not found:
        raise FileNotFoundError(f"{VENDOR_DEBS}={folder}: no .deb files there")
    return found


def vendor_names() -> set[str]:
    """The names of the packages in that folder."""
    return {deb.name.partition("_")[0] for deb in vendor_debs()}


def offered(stand_ins: Iterable[Path], vendors: Iterable[Path], codename: str = "") -> list[Path]:
    """What one suite serves: the vendor's packages, and the stand-ins whose name none of those has.

    A vendor's package whose version ends in another suite's name (`~bookworm`) belongs to that one only; in a flat
    repository, which has no suites, a `~` means something else.
    """
    versions = {deb: _version(deb) for deb in vendors}
    mine = [deb for deb, version in versions.items() if "~" not in version or version.endswith(f"~{codename}")]
    mine = mine if codename else list(versions)
    names = {name(deb) for deb in mine}
    return [*mine, *(deb for deb in stand_ins if name(deb) not in names)]


def write(root: Path, codename: str, debs: Iterable[Path], key: SigningKey) -> None:
    """Write the suite `codename` below `root` (the folder that a source's URI names), for this architecture."""
    suite = root / "dists" / codename
    pool = suite / "pool" / COMPONENT / architecture()
    index = suite / COMPONENT / f"binary-{architecture()}"
    for folder in (pool, index):
        folder.mkdir(parents=True)
    stanzas = [_stanza(_place(deb, pool), root) for deb in debs]
    packages = "\n".join(sorted(stanzas)).encode()
    (index / "Packages").write_bytes(packages)
    (index / "Packages.gz").write_bytes(gzip.compress(packages, mtime=0))
    files = {path.relative_to(suite).as_posix(): path.read_bytes() for path in sorted(index.iterdir())}
    sign(suite, release(codename, architecture(), files, datetime.now(UTC)).encode(), key)


def write_flat(root: Path, debs: Iterable[Path], key: SigningKey) -> None:
    """Write a flat repository into `root`, as nvidia.github.io/libnvidia-container/stable/deb/ARCHITECTURE is.

    Beside the packages there lie InRelease, Packages and Packages.xz, and no Release; SHA-512 alone vouches for them.
    """
    root.mkdir(parents=True)
    stanzas = [_stanza(_place(deb, root), root).replace("Filename: ", "Filename: ./") for deb in debs]
    packages = "\n".join(sorted(stanzas)).encode()
    files = {"Packages": packages, "Packages.xz": lzma.compress(packages)}
    for name, content in files.items():
        (root / name).write_bytes(content)
    (root / "InRelease").write_bytes(key.inline(flat_release(architecture(), files).encode()))


def flat_release(machine: str, files: Mapping[str, bytes]) -> str:
    """The text of NVIDIA's InRelease, whose date has not moved for years: apt has nothing to tell its age by."""
    head = f"Origin: lab stand-in for NVIDIA's repository\nDate: {FLAT_DATE}\nArchitectures: {machine}\nSHA512:\n"
    sums = (f" {hashlib.sha512(text).hexdigest()} {len(text):>8} {path}\n" for path, text in files.items())
    return head + "".join(sums)


def release(codename: str, machine: str, files: Mapping[str, bytes], when: datetime) -> str:
    """The text of a Release file that vouches for `files` (paths relative to it)."""
    sums: defaultdict[str, str] = defaultdict(str)
    for path, content in files.items():
        for algorithm in ("SHA256", "SHA512"):
            sums[algorithm] += f" {hashlib.new(algorithm, content).hexdigest()} {len(content):>8} {path}\n"
    fields = {
        "Origin": "Docker",
        "Label": "Docker CE",
        "Suite": codename,
        "Codename": codename,
        "Date": when.strftime("%a, %d %b %Y %H:%M:%S UTC"),
        "Architectures": machine,
        "Components": COMPONENT,
        "Description": "lab stand-in for Docker's repository",
    }
    head = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return head + "".join(f"{algorithm}:\n{lines}" for algorithm, lines in sums.items())


def sign(suite: Path, text: bytes, key: SigningKey) -> None:
    """Write Release and both forms of its signature into the folder `suite`."""
    (suite / "Release").write_bytes(text)
    (suite / "Release.gpg").write_bytes(key.detached(text))
    (suite / "InRelease").write_bytes(key.inline(text))


def _place(deb: Path, pool: Path) -> Path:
    copy = pool / deb.name
    try:
        copy.hardlink_to(deb)
    except OSError:  # another file system
        shutil.copyfile(deb, copy)
    return copy


def _stanza(deb: Path, root: Path) -> str:
    with deb.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    control = run(["dpkg-deb", "--field", str(deb)]).rstrip("\n")
    path = deb.relative_to(root).as_posix()
    return f"{control}\nFilename: {path}\nSize: {deb.stat().st_size}\nSHA256: {digest}\n"


def name(deb: Path) -> str:
    """Name of the package in a .deb file."""
    return _field(deb, "Package")


def _version(deb: Path) -> str:
    return _field(deb, "Version")


def _field(deb: Path, field: str) -> str:
    return run(["dpkg-deb", "--field", str(deb), field]).strip()
