"""Make the stand-in packages: unpack Debian's own, lay their programs out as Docker does, pack them again."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from tests.lab.command import run
from tests.lab.mirror import deb
from tests.lab.mirror.debian import architecture
from tests.lab.mirror.standins import EDITS, REVISIONS, STAND_INS, SUITES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.lab.mirror.debian import Archive
    from tests.lab.mirror.standins import StandIn, Suite

PACKAGING = Path(__file__).with_name("packaging")
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
SOURCES = sorted({name for stand_in in STAND_INS for name in stand_in.sources})


def make(debian: Archive, folder: Path) -> None:
    """Put the stand-ins of every suite, in every revision, into `folder/CODENAME`.

    Raises:
        CommandError: the Debian archive cannot be reached, or packing failed.
        ValueError: Debian changed a file that the stand-ins edit.
    """
    trees = folder / "trees"
    versions = _fetch(debian, trees)
    for suite in SUITES:
        target = folder / suite.codename
        target.mkdir()
        sources = {name: trees / suite.source(name) / name for name in SOURCES}
        pack(suite, sources, {name: versions[suite.source(name), name] for name in SOURCES}, target)
    shutil.rmtree(trees)


def _fetch(debian: Archive, trees: Path) -> dict[tuple[str, str], str]:
    """Unpack every needed package into `trees/CODENAME/NAME`; return the versions by codename and name."""
    wanted = {(suite.source(name), name) for suite in SUITES for name in SOURCES}
    versions = {}
    for codename in sorted({codename for codename, _ in wanted}):
        downloads = trees / codename / "downloads"
        downloads.mkdir(parents=True)
        debian.download(codename, sorted(name for origin, name in wanted if origin == codename), downloads)
        for path in downloads.glob("*.deb"):
            name, version = run(["dpkg-deb", "--show", "--showformat=${Package} ${Version}", str(path)]).split()
            run(["dpkg-deb", "--extract", str(path), str(trees / codename / name)])
            versions[codename, name] = version
    return versions


def pack(suite: Suite, sources: Mapping[str, Path], versions: Mapping[str, str], target: Path) -> None:
    """Put every stand-in of `suite`, in every revision, into the folder `target`.

    Args:
        suite: for which Debian release.
        sources: unpacked tree of each Debian package.
        versions: version of each Debian package.
        target: where the .deb files go.
    """
    for stand_in in STAND_INS:
        tree, control = target / "tree", target / "control"
        _lay_out(stand_in, suite, sources, tree)
        checksums, payload = sums(tree), deb.data(tree)
        for revision in REVISIONS:
            version = stand_in.version_in(suite, revision, versions)
            _describe(stand_in, version, versions, control / "DEBIAN")
            (control / "DEBIAN" / "md5sums").write_text(checksums)
            name = f"{stand_in.name}_{version.removeprefix('5:')}_{architecture()}.deb"
            deb.write(target / name, control, payload)
        for leftover in (tree, control):
            shutil.rmtree(leftover)


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


def _describe(stand_in: StandIn, version: str, versions: Mapping[str, str], folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    original = PACKAGING / stand_in.name
    words = {f"{re.sub('[.-]', '_', name)}_version": value for name, value in versions.items()}
    words |= {"version": version, "architecture": architecture()}
    (folder / "control").write_text(Template((original / "control").read_text()).substitute(words))
    copy_scripts(original, folder)


def copy_scripts(original: Path, folder: Path) -> None:
    """Copy what `original` has of maintainer scripts and the list of configuration files into the folder `folder`."""
    for name in (*SCRIPTS, "conffiles"):
        if (original / name).exists():
            _copy(original / name, folder / name)
            (folder / name).chmod(0o755 if name in SCRIPTS else 0o644)


def sums(tree: Path) -> str:
    """The control file md5sums, which `dpkg --verify` compares with: the files of `tree` outside /etc."""
    files = (path for path in sorted(tree.rglob("*")) if path.is_file())
    named = ((path, path.relative_to(tree).as_posix()) for path in files)
    return "".join(
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {name}\n"
        for path, name in named
        if not name.startswith("etc/")
    )


def _copy(original: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(original, copy)


def _edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    if before not in text:
        raise ValueError(f"Debian's {path.name} no longer holds {before!r}: look at it anew")
    path.write_text(text.replace(before, after))
