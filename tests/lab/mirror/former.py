"""Stand-ins of the packages that older articles install: nvidia-docker2, nvidia-container-runtime and their company.

Names, versions, relations and files are those of NVIDIA's own (NVIDIA/nvidia-docker, debian/control and
debian/nvidia-docker2.install in its history; NVIDIA/nvidia-container-runtime, debian/control): up to 2.13
nvidia-docker2 holds /etc/docker/daemon.json, a configuration file. No repository serves them: tests copy them onto a
host.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.lab.command import run
from tests.lab.mirror.packing import sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

DAEMON_JSON = """\
{
    "runtimes": {
        "nvidia": {
            "path": "nvidia-container-runtime",
            "runtimeArgs": []
        }
    }
}
"""
WRAPPER = '#!/bin/sh\n# Lab stand-in for NVIDIA\'s program of this name.\nexec docker "$@"\n'
RUNTIME = '#!/bin/sh\n# Lab stand-in for NVIDIA\'s program of this name; brings no GPU.\nexec runc "$@"\n'
CONTROL = """\
Package: {name}
Version: {version}
Architecture: all
Maintainer: gpufleet lab <lab@lab.invalid>
Section: utils
Priority: optional
{relations}Description: lab stand-in for {name} {version}
 This is not NVIDIA's package. It has the name, the relations and the files of
 NVIDIA's own, for tests of hosts that were set up years ago.
"""
DOCKER2 = {"etc/docker/daemon.json": DAEMON_JSON, "usr/bin/nvidia-docker": WRAPPER}


@dataclass(frozen=True)
class Former:
    """One package.

    Attributes:
        name: NVIDIA's name for it.
        version: its version.
        relations: its fields that name other packages.
        files: their content, by path; those below etc are configuration files, the others programs.
    """

    name: str
    version: str
    relations: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


OF_2023 = (
    Former("nvidia-docker2", "2.13.0-1", {"Depends": "nvidia-container-toolkit (>= 1.13.0-1)"}, DOCKER2),
    Former("nvidia-container-runtime", "3.13.0-1", {"Depends": "nvidia-container-toolkit (>= 1.13.0-1)"}),
)
"""Beside the toolkit as it is today: four packages, of which two are NVIDIA's runtime."""
OF_2020 = (
    Former("libnvidia-container1", "1.3.3-1"),
    Former("libnvidia-container-tools", "1.3.3-1", {"Depends": "libnvidia-container1 (>= 1.3.3-1)"}),
    Former(
        "nvidia-container-toolkit",
        "1.4.2-1",
        {"Depends": "libnvidia-container-tools (>= 1.3.3), libnvidia-container-tools (<< 2.0.0)"},
        {"usr/bin/nvidia-container-toolkit": "#!/bin/sh\nexit 0\n"},
    ),
    Former(
        "nvidia-container-runtime",
        "3.4.2-1",
        {"Depends": "nvidia-container-toolkit (>= 1.4.2), nvidia-container-toolkit (<< 2.0.0)"},
        {"usr/bin/nvidia-container-runtime": RUNTIME},
    ),
    Former(
        "nvidia-docker2",
        "2.5.0-1",
        {
            "Depends": "nvidia-container-runtime (>= 3.4.0), "
            "docker-ce (>= 18.06.0~ce~3-0~ubuntu) | docker-ee (>= 18.06.0~ce~3-0~ubuntu) | docker.io (>= 18.06.0)"
        },
        DOCKER2,
    ),
)
"""All that there was then: the runtime is a package of its own."""


def make(packages: Iterable[Former], folder: Path) -> list[Path]:
    """Put these packages into `folder`.

    Returns:
        Their files.

    Raises:
        CommandError: packing failed.
    """
    return [_pack(package, folder) for package in packages]


def _pack(package: Former, folder: Path) -> Path:
    tree = folder / "tree"
    for name, content in package.files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(0o644 if name.startswith("etc/") else 0o755)
    control = tree / "DEBIAN"
    checksums = sums(tree) if tree.is_dir() else ""
    control.mkdir(parents=True)
    (control / "md5sums").write_text(checksums)
    (control / "conffiles").write_text("".join(f"/{name}\n" for name in package.files if name.startswith("etc/")))
    relations = "".join(f"{kind}: {names}\n" for kind, names in package.relations.items())
    (control / "control").write_text(CONTROL.format(name=package.name, version=package.version, relations=relations))
    file = folder / f"{package.name}_{package.version}_all.deb"
    run(["dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "--build", str(tree), str(file)])
    shutil.rmtree(tree)
    return file
