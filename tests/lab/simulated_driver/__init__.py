"""A simulated NVIDIA driver for lab hosts: nvidia-smi, the libraries' files, and a file in place of each GPU's node.

Nothing can be computed on it, and nothing can be taken for a real one: the libraries are text under their full names
(without libcuda.so.1, which programs would load), there is no /dev/nvidia* node, and the GPU says that it is simulated.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.nvidia_standins.driver import FOLDER, PROGRAM, Driver, Gpu
from tests.lab.nvidia_standins.spec import generate
from tests.lab.nvidia_standins.yaml_text import dump

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NVIDIA_SMI = Path(__file__).with_name("nvidia-smi.sh")
LIBRARIES = ("libcuda", "libnvidia-ml")
LIBRARY = "Simulated: not a library, and not NVIDIA's. It stands for the {name} of driver {version} on a lab host.\n"
MULTIARCH = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
MEMORY_MIB = 81559
# From which driver on which CUDA is supported (NVIDIA, CUDA Compatibility).
CUDA_OF_DRIVER = {590: "13.1", 580: "13.0", 570: "12.8", 550: "12.4", 535: "12.2", 525: "12.0", 510: "11.6", 0: "11.4"}


@dataclass(frozen=True)
class SimulatedDriver:
    """What is to be simulated.

    Attributes:
        version: the driver's, `580.159.04`.
        count: number of GPUs, up to 99.
        compute_capability: that of every GPU, `9.0`.
    """

    version: str = "580.159.04"
    count: int = 1
    compute_capability: str = "9.0"

    def files(self, host: str, architecture: str, uuids: Sequence[str] = ()) -> dict[str, tuple[bytes, int]]:
        """Every file of the driver: content and mode by absolute path.

        Args:
            host: the host's name, of which UUIDs are made.
            architecture: as dpkg names it.
            uuids: those of GPUs that are there already and stay themselves.
        """
        words = {"@DRIVER@": self.version, "@CUDA@": cuda(self.version)}
        program = re.sub("|".join(words), lambda match: words[match[0]], NVIDIA_SMI.read_text())
        made = {PROGRAM: (program.encode(), 0o755)}
        for name in LIBRARIES:
            path = f"/usr/lib/{MULTIARCH[architecture]}/{name}.so.{self.version}"
            made[path] = (LIBRARY.format(name=name, version=self.version).encode(), 0o644)
        for number in range(self.count):
            unique = uuids[number] if number < len(uuids) else uuid(host, number)
            made[f"{FOLDER}/gpu-{number:02}"] = (self._gpu(number, unique).encode(), 0o644)
        return made

    def _gpu(self, number: int, unique: str) -> str:
        lines = {
            "uuid": unique,
            "name": "NVIDIA Simulated GPU",
            "compute_cap": self.compute_capability,
            "memory": MEMORY_MIB,
            "bus": f"00000000:{number + 1:02X}:00.0",
        }
        return "".join(f"{key}={value}\n" for key, value in lines.items())


def specification(files: Mapping[str, tuple[bytes, int]]) -> str:
    """A CDI file for a driver of these files (`SimulatedDriver.files`): for hosts whose nvidia-ctk is NVIDIA's own."""
    version = next(path for path in files if ".so." in path).partition(".so.")[2]
    folders = [path for path in sorted(files) if path.startswith(FOLDER)]
    named = (re.findall(r"^uuid=(.*)$", files[path][0].decode(), re.MULTILINE)[0] for path in folders)
    gpus = (Gpu(number, name, path) for number, (name, path) in enumerate(zip(named, folders, strict=True)))
    libraries = tuple(path for path in sorted(files) if ".so." in path)
    return dump(generate(Driver(version, libraries, tuple(gpus))))


def uuid(host: str, number: int) -> str:
    """The UUID of a host's GPU, the same every time."""
    digits = hashlib.sha256(f"{host} {number}".encode()).hexdigest()
    return f"GPU-{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


def cuda(version: str) -> str:
    """The newest CUDA that a driver supports."""
    branch = int(version.partition(".")[0])
    return next(supported for since, supported in CUDA_OF_DRIVER.items() if branch >= since)
