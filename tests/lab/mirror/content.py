"""Everything that the mirror serves, made once and kept: in the cache of all labs, and one tree to show per lab."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lab.instance import CACHE, Instance
from tests.lab.mirror import base_image, certificates, keys, nvidia, packing, repository, server
from tests.lab.mirror.cache import made, recipe
from tests.lab.mirror.debian import Archive, architecture
from tests.lab.mirror.names import DOCKER, NVIDIA, VENDOR_NAMES
from tests.lab.mirror.standins import STAND_INS as DOCKER_STAND_INS
from tests.lab.mirror.standins import SUITES
from tests.lab.progress import step

ROOT = CACHE / "mirror"
IDENTITY = ROOT / "identity"
SERVER = ROOT / "server"
BASE = ROOT / "base"
FIRST_BASE = "trixie"
"""The base image that the mirror always has; others come when asked for."""
STAND_INS = ROOT / "stand-ins"
NVIDIA_STAND_INS = ROOT / "nvidia-stand-ins"


@dataclass(frozen=True)
class Recipes:
    """For each folder of the cache a hash of what it is made from, Debian's own updates aside."""

    identity: str
    stand_ins: str
    nvidia: str
    www: str
    server: str
    base: str

    @classmethod
    def current(cls) -> Recipes:
        """Those of this checkout and of LAB_VENDOR_DEBS."""
        identity = recipe("keys.py", "certificates.py", "names.py")
        packaging = (f"packaging/{stand_in.name}" for stand_in in DOCKER_STAND_INS)
        stand_ins, nvidias = recipe("standins.py", "packing.py", "deb.py", *packaging), nvidia.current()
        vendors = [(deb.name, deb.stat().st_size, deb.stat().st_mtime_ns) for deb in repository.vendor_debs()]
        return cls(
            identity=identity,
            stand_ins=stand_ins,
            nvidia=nvidias,
            www=recipe("repository.py", identity=identity, stand_ins=[stand_ins, nvidias], vendors=vendors),
            server=recipe("server.py", "configuration"),
            base=recipe("base_image.py"),
        )


def www(instance: Instance) -> Path:
    """What the web server of one lab shows: a folder per host name. Its packages are links into the cache."""
    return instance.data / "mirror" / "www"


def base(codename: str) -> Path:
    """The root file system of debian:CODENAME-slim, a tar, made when missing. Needs root and the Debian archive."""
    folder = made(BASE / codename, Recipes.current().base, partial(_make_base, codename))
    return folder / base_image.LAYER


def has_base(codename: str) -> bool:
    """Whether it was made already."""
    return (BASE / codename).is_dir()


def make(recipes: Recipes, shown: Path) -> None:
    """Make what is missing, in the cache and in `shown`. Needs root and, for the cache, the Debian archive."""
    made(IDENTITY, recipes.identity, _make_identity)
    # Two at a time: unpacking and packing keep one core busy, Debian's installation the other.
    with ThreadPoolExecutor(1) as pool, TemporaryDirectory(dir=ROOT, prefix="apt-") as state:
        first = pool.submit(base, FIRST_BASE)
        debian = Archive(Path(state))
        made(STAND_INS, recipes.stand_ins, partial(_make_stand_ins, debian))
        made(NVIDIA_STAND_INS, recipes.nvidia, nvidia.make)
        made(SERVER, recipes.server, partial(_make_server, debian))
        made(shown, recipes.www, _make_www)
        first.result()


def _make_identity(folder: Path) -> None:
    certificates.make(folder, VENDOR_NAMES)
    keys.make(folder)


def _make_base(codename: str, folder: Path) -> None:
    with step(f"mirror: making debian:{codename}-slim"):
        base_image.make(codename, folder)


def _make_stand_ins(debian: Archive, folder: Path) -> None:
    with step("mirror: packing Debian's programs under Docker's names"):
        packing.make(debian, folder)


def _make_server(debian: Archive, folder: Path) -> None:
    with step("mirror: fetching nginx and docker-registry"):
        server.make(debian, folder)


def _make_www(folder: Path) -> None:
    key = keys.load(IDENTITY, "docker")
    vendors = repository.vendor_debs()
    nvidias = [deb for deb in vendors if nvidia.is_nvidias(repository.name(deb))]
    dockers = [deb for deb in vendors if deb not in nvidias]
    for suite in SUITES:
        stand_ins = sorted((STAND_INS / suite.codename).glob("*.deb"))
        debs = repository.offered(stand_ins, dockers, suite.codename)
        repository.write(folder / DOCKER / "linux/debian", suite.codename, debs, key)
    for system in ("debian", "ubuntu"):
        path = folder / DOCKER / "linux" / system / "gpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(keys.published(IDENTITY, "docker"))
    base = folder / NVIDIA / "libnvidia-container"
    debs = repository.offered(sorted(NVIDIA_STAND_INS.glob("*.deb")), nvidias)
    repository.write_flat(base / "stable/deb" / architecture(), debs, keys.load(IDENTITY, "nvidia"))
    (base / "gpgkey").write_bytes(keys.published(IDENTITY, "nvidia"))
