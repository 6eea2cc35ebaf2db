"""The CDI specifications of one host as data, and whether they fit its driver and its GPUs. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from gpufleet.cdi.specification import WSL_DEVICE, SpecificationError, parse
from gpufleet.facts.answer import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gpufleet.cdi.specification import Specification

KIND = "nvidia.com/gpu"
STATIC, DYNAMIC = "/etc/cdi", "/var/run/cdi"
"""Where Docker and NVIDIA's runtime look; a device in the second one wins over one of the same name in the first."""
SPEC = f"{DYNAMIC}/nvidia.yaml"
"""Where NVIDIA's own nvidia-cdi-refresh.service puts it, too."""


@dataclass(frozen=True)
class Driver:
    """The NVIDIA driver that a host runs with.

    Attributes:
        version: as `580.159.04`; on WSL that of Windows' driver.
        uuids: of the GPUs that it serves; those of which it does not tell one are left out.
        count: of the GPUs that it serves.
    """

    version: str
    uuids: frozenset[str]
    count: int

    def __str__(self) -> str:
        return f"driver {self.version} and {_gpus(self.count)}"


@dataclass(frozen=True)
class CdiState:
    """What a host holds for CDI.

    Attributes:
        driver: None where none runs; `Unreadable` where it does not answer.
        specifications: the file's bytes of every specification, by path.
        missing: paths that those files mention and that the host has not.
        generator: the program that makes specifications, nvidia-ctk, is there.
    """

    driver: Driver | Unreadable | None = None
    specifications: Mapping[str, bytes | Unreadable] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    generator: bool = True

    def trouble(self, path: str) -> str | None:
        """Why a file is no specification of this host's GPUs, None when nothing is wrong; needs a driver that answers.

        One in the static folder may describe less than all: what is in it must fit.

        Args:
            path: of the file; one that is not there is in trouble.
        """
        text = self.specifications.get(path)
        if text is None:
            return "absent"
        if isinstance(text, Unreadable):
            return text.why
        try:
            specification = parse(text)
        except SpecificationError as error:
            return str(error)
        missing = () if path.startswith(f"{STATIC}/") else _lacking(specification, text)
        return next(chain(self._troubles(specification), missing), None)

    def _troubles(self, specification: Specification) -> Iterator[str]:
        if specification.kind != KIND:
            yield f"it describes {specification.kind}, not {KIND}"
        if not specification.devices:
            yield "it has no devices"
        if isinstance(self.driver, Driver):
            yield from _other_driver(specification, self.driver)
            yield from _other_gpus(specification.devices, self.driver)
        if gone := sorted(specification.needs & self.missing):
            more = f" and {len(gone) - 1} more" if gone[1:] else ""
            yield f"it needs {gone[0]}{more}, which this host has not"


def statics(state: CdiState) -> list[str]:
    """Specifications of GPUs in the static folder, where an upgrade of the driver leaves them as they are.

    Args:
        state: of a host.
    """
    return [path for path, text in state.specifications.items() if path.startswith(f"{STATIC}/") and _of_gpus(text)]


def outdated_statics(state: CdiState) -> dict[str, str]:
    """Those of them that do not fit the host, by path, each with what is wrong.

    Args:
        state: of a host on which a driver answers.
    """
    troubles = {path: state.trouble(path) for path in statics(state)}
    return {path: why for path, why in troubles.items() if why}


def _of_gpus(text: bytes | Unreadable) -> bool:
    try:
        return not isinstance(text, Unreadable) and parse(text).kind == KIND
    except SpecificationError:
        return False


def _lacking(specification: Specification, text: bytes) -> Iterator[str]:
    """What nvidia-ctk always writes: a file that was cut off may still be one, of a GPU without its libraries.

    On WSL, where all GPUs are behind one device node, `all` is the only device and Windows' libcuda is enough.
    """
    wsl = WSL_DEVICE in specification.needs
    if "all" not in specification.devices:
        yield "it lacks the device all"
    elif not wsl and specification.devices == ("all",):
        yield "it has no GPU by itself"
    lacking = {"libcuda"} if wsl else {"libcuda", "libnvidia-ml"}
    yield from (f"it lacks {library}" for library in sorted(lacking - specification.libraries))
    if not text.endswith((b"\n", b"}")):
        yield "it ends within a line"


def _other_driver(specification: Specification, driver: Driver) -> Iterator[str]:
    if others := sorted(specification.drivers - {driver.version}):
        yield f"it is for driver {', '.join(others)}, and {driver.version} runs"


def _other_gpus(devices: tuple[str, ...], driver: Driver) -> Iterator[str]:
    """Where names stand for parts of a GPU (MIG), GPUs without a name may be there; so with `all` alone, on WSL.

    Which parts there are only nvidia-smi tells, and slowly: it is not asked for them.
    """
    parts = any(":" in name or name.startswith("MIG-") for name in devices)
    uuids = {name for name in devices if name.startswith("GPU-")}
    if uuids and len(driver.uuids) == driver.count:
        yield from (f"it has {uuid}, which is not there" for uuid in sorted(uuids - driver.uuids))
        yield from (f"it lacks {uuid}" for uuid in sorted(driver.uuids - uuids) if not parts)
    indexes = {int(index[1]) for name in devices if (index := re.fullmatch(r"([0-9]+)(?::[0-9]+)?", name))}
    if parts and indexes and max(indexes) >= driver.count:
        yield f"it has GPU {max(indexes)}, and the host has {_gpus(driver.count)}"
    elif indexes and not parts and len(indexes) != driver.count:
        yield f"it has {_gpus(len(indexes))}, and the host has {_gpus(driver.count)}"


def _gpus(count: int) -> str:
    return f"{count} GPU" if count == 1 else f"{count} GPUs"
