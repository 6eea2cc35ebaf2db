"""Everything that the mirror serves, made once and kept in the lab's cache."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.instance import CACHE
from tests.lab.mirror import base_image, certificates, keys, packing, repository, server
from tests.lab.mirror.cache import made, recipe
from tests.lab.mirror.names import DOCKER, NVIDIA, VENDOR_NAMES
from tests.lab.mirror.standins import SUITES
from tests.lab.progress import step

if TYPE_CHECKING:
    from pathlib import Path

ROOT = CACHE / "mirror"
IDENTITY = ROOT / "identity"
WWW = ROOT / "www"
SERVER = ROOT / "server"
BASE = ROOT / "base"
STAND_INS = ROOT / "stand-ins"


@dataclass(frozen=True)
class Recipes:
    """For each folder of the cache a hash of what it is made from, Debian's own updates aside."""

    identity: str
    stand_ins: str
    www: str
    server: str
    base: str

    @classmethod
    def current(cls) -> Recipes:
        """Those of this checkout and of LAB_VENDOR_DEBS."""
        identity = recipe("keys.py", "certificates.py", "names.py")
        stand_ins = recipe("standins.py", "packing.py", "packaging", "debian.py")
        vendors = [(deb.name, deb.stat().st_size, deb.stat().st_mtime_ns) for deb in repository.vendor_debs()]
        return cls(
            identity=identity,
            stand_ins=stand_ins,
            www=recipe("repository.py", identity=identity, stand_ins=stand_ins, vendors=vendors),
            server=recipe("server.py", "debian.py", "configuration"),
            base=recipe("base_image.py"),
        )


def make(recipes: Recipes) -> None:
    """Make what is missing. Needs root and, when something is missing, the Debian archive."""
    made(IDENTITY, recipes.identity, _make_identity)
    # Two at a time: unpacking and packing keep one core busy, Debian's installation the other.
    with ThreadPoolExecutor(2) as pool:
        base = pool.submit(made, BASE, recipes.base, _make_base)
        packages = pool.submit(made, STAND_INS, recipes.stand_ins, _make_stand_ins)
        programs = pool.submit(made, SERVER, recipes.server, _make_server)
        for job in (packages, base, programs):
            job.result()
    made(WWW, recipes.www, _make_www)


def _make_identity(folder: Path) -> None:
    certificates.make(folder, VENDOR_NAMES)
    keys.make(folder)


def _make_base(folder: Path) -> None:
    with step("mirror: making debian:trixie-slim"):
        base_image.make("trixie", folder)


def _make_stand_ins(folder: Path) -> None:
    with step("mirror: packing Debian's programs under Docker's names"):
        packing.make(folder)


def _make_server(folder: Path) -> None:
    with step("mirror: fetching nginx and docker-registry"):
        server.make("trixie", folder)


def _make_www(folder: Path) -> None:
    key = keys.load(IDENTITY, "docker")
    vendors = repository.vendor_debs()
    for suite in SUITES:
        stand_ins = sorted((STAND_INS / suite.codename).glob("*.deb"))
        debs = repository.offered(stand_ins, vendors, suite.codename)
        repository.write(folder / DOCKER / "linux/debian", suite.codename, debs, key)
    for system in ("debian", "ubuntu"):
        path = folder / DOCKER / "linux" / system / "gpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(keys.published(IDENTITY, "docker"))
    (folder / NVIDIA).mkdir()
