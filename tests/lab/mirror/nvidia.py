"""The stand-ins of NVIDIA's four packages: their programs are tests.lab.nvidia_standins, in two versions.

Names, relations and which program lies in which package are those of NVIDIA's own (NVIDIA/nvidia-container-toolkit and
NVIDIA/libnvidia-container, packaging/debian/): since 1.18 each asks for exactly its own version of the others.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from tests.lab.command import run
from tests.lab.mirror.cache import recipe
from tests.lab.mirror.debian import architecture
from tests.lab.mirror.packing import PACKAGING, copy_scripts, sums

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSIONS = ("1.19.1", "1.20.0")
REVISION = "1"
PROGRAMS = {
    "nvidia-container-toolkit": {"nvidia-container-runtime-hook": "hooks.runtime_hook(sys.argv[1:])"},
    "nvidia-container-toolkit-base": {
        "nvidia-ctk": "ctk.main(sys.argv[1:], VERSION)",
        "nvidia-cdi-hook": "hooks.cdi_hook(sys.argv[1:], VERSION)",
        "nvidia-container-runtime": "runtime.main(sys.argv[1:])",
    },
    "libnvidia-container-tools": {"nvidia-container-cli": "hooks.container_cli(sys.argv[1:], VERSION)"},
    "libnvidia-container1": {},
}
"""The programs in /usr/bin of each package, and what each of them calls."""
MODULES = Path(__file__).parents[1] / "nvidia_standins"
MODULES_OWNER = "nvidia-container-toolkit-base"
MODULES_FOLDER = "usr/share/nvidia-container-toolkit-stand-in"
LAUNCHER = """\
#!/usr/bin/python3 -IS
# Lab stand-in for NVIDIA's program of this name.
import sys

VERSION = "{version}"
sys.path.insert(0, "/{folder}")
from nvidia_standins import {module}

sys.exit({call})
"""


def current() -> str:
    """A hash of what the packages are made from."""
    modules = (f"../nvidia_standins/{path.name}" for path in _modules())
    return recipe("nvidia.py", *(f"packaging/{name}" for name in PROGRAMS), *modules)


def is_nvidias(package: str) -> bool:
    """Whether a package of that name belongs into NVIDIA's repository."""
    return package.startswith(("nvidia-container-", "libnvidia-container"))


def make(folder: Path) -> None:
    """Put the packages, in every version, into `folder`."""
    for name in PROGRAMS:
        for version in VERSIONS:
            _pack(name, version, folder)


def _pack(name: str, version: str, folder: Path) -> None:
    tree = folder / "tree"
    own = PACKAGING / name / "tree"
    if own.is_dir():
        shutil.copytree(own, tree)
    for program, call in PROGRAMS[name].items():
        _write_launcher(tree / "usr/bin" / program, call, version)
    if name == MODULES_OWNER:
        _copy_modules(_modules(), tree / MODULES_FOLDER / MODULES.name)
    control = tree / "DEBIAN"
    checksums = sums(tree) if tree.is_dir() else ""
    control.mkdir(parents=True)
    (control / "md5sums").write_text(checksums)
    words = {"version": f"{version}-{REVISION}", "architecture": architecture()}
    (control / "control").write_text(Template((PACKAGING / name / "control").read_text()).substitute(words))
    copy_scripts(PACKAGING / name, control)
    file = folder / f"{name}_{version}-{REVISION}_{architecture()}.deb"
    run(["dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "--build", str(tree), str(file)])
    shutil.rmtree(tree)


def _write_launcher(path: Path, call: str, version: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    module = call.partition(".")[0]
    path.write_text(LAUNCHER.format(version=version, folder=MODULES_FOLDER, module=module, call=call))
    path.chmod(0o755)


def _copy_modules(modules: Iterable[Path], target: Path) -> None:
    target.mkdir(parents=True)
    for module in modules:
        shutil.copy(module, target)


def _modules() -> list[Path]:
    return sorted(MODULES.glob("*.py"))
