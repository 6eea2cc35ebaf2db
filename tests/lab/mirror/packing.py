"""Make the stand-in packages: unpack Debian's own, lay their programs out as Docker does, pack them again."""

from __future__ import annotations

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from tests.lab.command import run
from tests.lab.mirror.debian import Release
from tests.lab.mirror.standins import EDITS, REVISIONS, STAND_INS, SUITES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lab.mirror.standins import StandIn, Suite

PACKAGING = Path(__file__).with_name("packaging")
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
SOURCES = sorted({name for stand_in in STAND_INS for name in stand_in.sources})


def make(folder: Path) -> None:
    """Put the stand-ins of every suite into `folder/CODENAME`.

    Raises:
        CommandError: the Debian archive cannot be reached, or packing failed.
        ValueError: Debian changed a file that the stand-ins edit.
    """
    trees = folder / "trees"
    wanted = {(suite.source(name), name) for suite in SUITES for name in SOURCES}
    versions: dict[tuple[str, str], str] = {}
    for codename in sorted({codename for codename, _ in wanted}):
        names = sorted(name for origin, name in wanted if origin == codename)
        versions |= _fetch(codename, names, trees / codename)
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(_pack_suite, suite, trees, versions, folder / suite.codename) for suite in SUITES]
    for job in jobs:
        job.result()
    shutil.rmtree(trees)


def _fetch(codename: str, names: list[str], trees: Path) -> dict[tuple[str, str], str]:
    """Download and unpack packages into `trees/NAME`; return their versions by codename and name."""
    downloads, state = trees / "downloads", trees / "apt"
    downloads.mkdir(parents=True)
    Release.fetch(codename, state).download(names, downloads)
    versions = {}
    for deb in downloads.glob("*.deb"):
        name, version = run(["dpkg-deb", "--show", "--showformat=${Package} ${Version}", str(deb)]).split()
        run(["dpkg-deb", "--extract", str(deb), str(trees / name)])
        versions[codename, name] = version
    return versions


def _pack_suite(suite: Suite, trees: Path, versions: Mapping[tuple[str, str], str], target: Path) -> None:
    target.mkdir()
    sources = {name: trees / suite.source(name) / name for name in SOURCES}
    pack(suite, sources, {name: versions[suite.source(name), name] for name in SOURCES}, target)


def pack(suite: Suite, sources: Mapping[str, Path], versions: Mapping[str, str], target: Path) -> None:
    """Put every stand-in of `suite`, in every revision, into the folder `target`.

    Args:
        suite: for which Debian release.
        sources: unpacked tree of each Debian package.
        versions: version of each Debian package.
        target: where the .deb files go.
    """
    for stand_in in STAND_INS:
        tree = target / "tree"
        _lay_out(stand_in, suite, sources, tree)
        for revision in REVISIONS:
            version = stand_in.version_in(suite, revision, versions)
            _describe(stand_in, version, versions, tree)
            # Level 1: the mirror is made anew more often than its 100 MB are transferred.
            options = ["--root-owner-group", "-Zzstd", "-z1"]
            run(["dpkg-deb", *options, "--build", str(tree), str(target)])
        shutil.rmtree(tree)


def _lay_out(stand_in: StandIn, suite: Suite, sources: Mapping[str, Path], tree: Path) -> None:
    own = PACKAGING / stand_in.name / "tree"
    if own.is_dir():
        shutil.copytree(own, tree)
    for path, (package, original) in stand_in.files.items():
        _copy(sources[package] / original, tree / path.format(units=suite.units))
    for path, before, after in EDITS:
        if path in stand_in.files:
            _edit(tree / path.format(units=suite.units), before, after)
    for package in stand_in.sources:
        licence = Path("usr/share/doc") / package / "copyright"
        _copy(sources[package] / licence, tree / f"usr/share/doc/{stand_in.name}/copyright.{package}")


def _describe(stand_in: StandIn, version: str, versions: Mapping[str, str], tree: Path) -> None:
    folder = tree / "DEBIAN"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    original = PACKAGING / stand_in.name
    words = {f"{name.replace('.', '_').replace('-', '_')}_version": value for name, value in versions.items()}
    words |= {"version": version, "architecture": run(["dpkg", "--print-architecture"]).strip()}
    (folder / "control").write_text(Template((original / "control").read_text()).substitute(words))
    for name in (*SCRIPTS, "conffiles"):
        if (original / name).exists():
            _copy(original / name, folder / name)
            (folder / name).chmod(0o755 if name in SCRIPTS else 0o644)
    (folder / "md5sums").write_text(_sums(tree))


def _sums(tree: Path) -> str:
    """What `dpkg --verify` compares with: the files outside DEBIAN and /etc."""
    files = (path for path in sorted(tree.rglob("*")) if path.is_file())
    named = ((path, path.relative_to(tree).as_posix()) for path in files)
    return "".join(
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {name}\n"
        for path, name in named
        if not name.startswith(("DEBIAN/", "etc/"))
    )


def _copy(original: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(original, copy)


def _edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    if before not in text:
        raise ValueError(f"Debian's {path.name} no longer holds {before!r}: look at it anew")
    path.write_text(text.replace(before, after))
