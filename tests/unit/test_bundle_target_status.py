"""What a bundle holds for hosts whose own dpkg status is given, decided by apt from an archive made here."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from gpufleet.bundle.aptroot import HELPER, AptRoot
from gpufleet.bundle.gather import Request, _packages
from gpufleet.bundle.gather_targets import target
from gpufleet.bundle.wanted import Wanted

pytestmark = pytest.mark.skipif(not Path(HELPER).exists(), reason="there is no apt on this machine")

ARCHIVE = {
    "alpha": "Depends: library",
    "beta": "Depends: library",
    "gamma": "Depends: beta",
    "library": "Section: libs",
    "base": "Priority: required",
}
"""Packages, each with a line of its control file."""


def control(name: str, line: str) -> str:
    return f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: Nobody <n@example.org>\n{line}\n"


def status_of(*names: str) -> str:
    return "".join(f"{control(name, ARCHIVE[name])}Status: install ok installed\n\n" for name in names)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with packages and their index."""
    folder = tmp_path_factory.mktemp("archive")
    index = []
    for name, line in {**ARCHIVE, "apt": "Depends: base"}.items():
        tree = folder / name
        (tree / "DEBIAN").mkdir(parents=True)
        text = control(name, f"{line}\nDescription: {name}")
        (tree / "DEBIAN" / "control").write_text(text)
        deb = folder / f"{name}_1_all.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, deb], check=True, capture_output=True)
        content = deb.read_bytes()
        index.append(f"{text}Filename: ./{deb.name}\nSize: {len(content)}\nSHA256: {sha256(content).hexdigest()}\n")
    (folder / "Packages").write_text("\n".join(index))
    return folder


def gathered(archive: Path, folder: Path, status: str | None, *sets: str) -> list[str]:
    """The packages that a bundle comes to hold for hosts that want these, a host each."""
    apt = AptRoot(folder / "root", folder / "archives", "amd64")
    for path in (apt.root / "etc/apt/sources.list.d").iterdir():
        path.unlink()
    apt.add_sources({"here.list": f"deb [trusted=yes] copy:{archive} ./\n"})
    apt.run("apt-get", "update", "-o", "Dir::Etc::sourcelist=/nonexistent")
    wanted = tuple(Wanted(dict.fromkeys(names.split())) for names in sets)
    request = Request(target("debian13", "amd64"), folder / "bundle", wanted, {}, status, lambda *_: [])
    return [package.name for package, _ in _packages(request, apt, lambda _: None)]


def test_without_a_status_all_that_the_smallest_system_lacks_is_gathered(archive: Path, tmp_path: Path) -> None:
    assert gathered(archive, tmp_path, None, "alpha") == ["alpha", "library"]


def test_what_the_hosts_status_has_is_not_gathered(archive: Path, tmp_path: Path) -> None:
    assert gathered(archive, tmp_path, status_of("base", "library"), "alpha") == ["alpha"]


def test_what_is_wanted_is_gathered_although_the_status_has_it(archive: Path, tmp_path: Path) -> None:
    assert gathered(archive, tmp_path, status_of("library", "alpha"), "alpha") == ["alpha"]


def test_hosts_that_want_different_packages_share_a_status_in_which_others_depend_on_them(
    archive: Path, tmp_path: Path
) -> None:
    status = status_of("library", "beta", "gamma")
    assert gathered(archive, tmp_path, status, "alpha", "beta") == ["alpha", "beta"]
