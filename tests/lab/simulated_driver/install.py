"""Put the simulated driver onto a lab host that runs, and take it off."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tests.lab.container import put_file
from tests.lab.mirror.debian import architecture
from tests.lab.nvidia_standins.driver import FOLDER, PROGRAM
from tests.lab.simulated_driver import LIBRARIES, specification

if TYPE_CHECKING:
    from tests.lab.host import LabHost
    from tests.lab.simulated_driver import SimulatedDriver

CDI_FILE = "/etc/cdi/nvidia.yaml"


def install(host: LabHost, driver: SimulatedDriver, *, cdi_file: bool) -> tuple[str, ...]:
    """See `LabHost.install_gpu`."""
    there = host.ssh(f"cat {FOLDER}/gpu-* 2>/dev/null", check=False).stdout
    files = driver.files(host.name, architecture(), re.findall(r"^uuid=(\S+)$", there, re.MULTILINE))
    if cdi_file:
        files[CDI_FILE] = (specification(files).encode(), 0o644)
    remove(host)
    folders = {FOLDER, *(str(PurePosixPath(path).parent) for path in files)}
    host.ssh(f"mkdir -p {' '.join(sorted(folders))}")
    for path, (content, mode) in files.items():
        put_file(host.container, path, content, mode)
    return tuple(re.findall(r"UUID: (\S+)\)", host.ssh("nvidia-smi -L").stdout))


def remove(host: LabHost) -> None:
    """See `LabHost.remove_gpu`."""
    libraries = " ".join(f"/usr/lib/*-linux-gnu/{name}.so.*.*" for name in LIBRARIES)
    host.ssh(f"rm -rf {PROGRAM} {FOLDER} {libraries}")
