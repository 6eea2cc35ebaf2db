"""The scripts that have apt install and purge, with programs that do what the real ones were seen to do."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from gpufleet.facts.scripts import script

if TYPE_CHECKING:
    from pathlib import Path

PLACES = ("/var/lib/gpufleet", "/var/lib/docker", "/usr/share/docker.io", "/etc/containerd", "/etc/default")
REMOVE = ("apt.sh", "apt-remove.sh")
REPLACE = ("apt.sh", "apt-wanted.sh", "before.sh", "apt-install.sh")
PURGE = """#!/bin/sh
case "$*" in
*--simulate*purge*) echo "Purg docker.io [26.1.5]" && exit ;;
*--simulate*) printf 'Remv docker.io [26.1.5]\\nInst docker-ce (1)\\n' && exit ;;
*update) exit ;;
esac
# docker.io.prerm
[ ! -x "$ROOT/usr/share/docker.io/contrib/nuke-graph-directory.sh" ] ||
    cp "$ROOT/usr/share/docker.io/contrib/nuke-graph-directory.sh" "$ROOT/var/lib/docker/"
# docker.io.postrm
[ ! -x "$ROOT/var/lib/docker/nuke-graph-directory.sh" ] || "$ROOT/var/lib/docker/nuke-graph-directory.sh"
"""
INSTALL = """#!/bin/sh
case "$*" in *--simulate*) printf 'Inst docker-ce (1)\\nInst containerd.io (1)\\nInst runc [0] (1)\\n' ;; esac
"""
OWNS = """#!/bin/sh
case "$*" in "-S "*/config.toml) echo "containerd.io: ${2#"$ROOT"}" ;; *) exit 1 ;; esac
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("bin", "var/lib/docker/volumes", "usr/share/docker.io/contrib", "etc/containerd", "etc/default"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("dpkg", "dpkg-query", "apt-cache", "apt-mark"):
        program(tmp_path, name, "#!/bin/sh\n")
    return tmp_path


def program(root: Path, name: str, text: str) -> None:
    path = root / "bin" / name
    path.write_text(text)
    path.chmod(0o755)


def run(root: Path, *names: str, arguments: list[str]) -> None:
    text = "\n".join(script(name, "gpufleet.operations.scripts") for name in names)
    for place in PLACES:
        text = text.replace(place, f"{root}{place}")
    environment = {"PATH": f"{root}/bin:{os.environ['PATH']}", "ROOT": str(root)}
    subprocess.run(["sh", "-c", text, "sh", *arguments], env=environment, check=True, timeout=60)


@pytest.mark.parametrize("saved", [False, True], ids=["first", "saved-by-an-earlier-removal"])
@pytest.mark.parametrize(
    ("scripts", "arguments"), [(REMOVE, ["docker.io", ""]), (REPLACE, ["docker.io", "docker.io", "docker-ce", ""])]
)
def test_volumes_outlive_a_docker_io_whose_own_scripts_would_empty_their_folder_when_it_is_purged(
    root: Path, scripts: tuple[str, ...], arguments: list[str], *, saved: bool
) -> None:
    nuke = "nuke-graph-directory.sh"
    for folder in ("usr/share/docker.io/contrib", *(["var/lib/docker"] if saved else [])):
        (root / folder / nuke).write_text('#!/bin/sh\nrm -rf "$ROOT/var/lib/docker/"*\n')
        (root / folder / nuke).chmod(0o755)
    program(root, "apt-get", PURGE)
    run(root, *scripts, arguments=arguments)
    assert (root / "var/lib/docker/volumes").is_dir()
    (root / "usr/share/docker.io/contrib" / nuke).chmod(0o755)
    subprocess.run([root / "bin/apt-get"], env={"ROOT": str(root)}, check=True)
    assert not (root / "var/lib/docker/volumes").exists(), "which the scripts of the package do by themselves"


def test_files_that_lay_there_before_the_packages_that_call_them_theirs_are_kept(root: Path) -> None:
    program(root, "apt-get", INSTALL)
    program(root, "dpkg-query", OWNS)
    (root / "etc/containerd/config.toml").write_text("mine")
    for _ in range(2):
        run(root, *REPLACE, arguments=["", "", "docker-ce", ""])
    kept = root / "var/lib/gpufleet/before" / str(root / "etc/containerd/config.toml").lstrip("/")
    assert kept.read_text() == "mine"
    noted = (root / "var/lib/gpufleet/made").read_text().splitlines()
    assert noted == ["package docker-ce", "dependency containerd.io"], "and no file that is not there"


def test_a_hold_is_lifted_once_whoever_holds_dpkgs_lock_lets_go_of_it(root: Path) -> None:
    busy = "dpkg: error: dpkg frontend lock was locked by another process with pid 7"
    once = f'[ -e "$ROOT/asked" ] || {{ : >"$ROOT/asked"; echo "{busy}" >&2; exit 1; }}'
    program(root, "apt-mark", f'#!/bin/sh\n{once}\necho "$*" >"$ROOT/done"\n')
    run(root, *REMOVE, arguments=["", "docker-ce"])
    assert (root / "done").read_text() == "-q unhold docker-ce\n"
