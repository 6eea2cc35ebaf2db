"""Read what a build of an image needs to know of its host. Answers may hold passwords: they travel encoded."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from pyinfra.api import FactBase, FactProcessError

from gpufleet.facts.scripts import script
from gpufleet.platform.reading import free_bytes
from gpufleet.platform.report import Report


@dataclass(frozen=True, kw_only=True)
class Building:
    """What a host has for building images.

    Attributes:
        docker: the program `docker` is there.
        buildx: so is its part that BuildKit needs.
        pip: the text of pip's configuration files, the weakest first.
        environment: /etc/environment.
        dockerd: the proxies in the environment of the running dockerd, a variable a line.
        apt: what `apt-config dump` prints.
        apt_logins: apt's logins.
        netrc: root's logins.
        certificates: path of the host's bundle of authorities; None without one.
        store: the folder of the containerd that keeps Docker's images; None where dockerd itself keeps them.
        store_free_bytes: free on the file system that holds that folder; None where it could not be read.
    """

    docker: bool = False
    buildx: bool = False
    pip: tuple[str, ...] = field(default=(), repr=False)
    environment: str = field(default="", repr=False)
    dockerd: str = field(default="", repr=False)
    apt: str = field(default="", repr=False)
    apt_logins: str = field(default="", repr=False)
    netrc: str = field(default="", repr=False)
    certificates: str | None = None
    store: str | None = None
    store_free_bytes: int | None = None


class ImageBuilding(FactBase[Building]):
    """What the host has for building images, and how it reaches package indexes."""

    def command(self) -> str:
        """The reading script; the daemon has 7 s for what it is asked."""
        return "".join(map(script, ("report.sh", "dockerd.sh", "ask.sh", "image_building.sh")))

    def process(self, output: list[str]) -> Building:
        """Parse the script's output."""
        try:
            return building(output)
        except ValueError as error:
            raise FactProcessError(f"what a build needs could not be read: {error}") from error

    @staticmethod
    def default() -> Building:
        """A host that could not be asked."""
        return Building()


def building(lines: list[str]) -> Building:
    """What the script printed.

    Raises:
        ValueError: it was cut off, or printed what it never prints.
    """
    report = Report.whole(lines, of="what a build needs")
    return Building(
        docker=report.has("docker"),
        buildx=report.has("buildx"),
        pip=tuple(_texts(report, "pip")),
        environment="\n".join(_texts(report, "environment")),
        dockerd="\n".join(_texts(report, "dockerd")),
        apt="\n".join(_texts(report, "apt")),
        apt_logins="\n".join(_texts(report, "apt_logins")),
        netrc="\n".join(_texts(report, "netrc")),
        certificates=report.first("certificates"),
        store=report.first("store"),
        store_free_bytes=free_bytes(report.first("store_space")),
    )


def _texts(report: Report, key: str) -> list[str]:
    encoded = (value.removeprefix("base64:") for value in report.every(key))
    return [base64.b64decode(value, validate=True).decode(errors="replace") for value in encoded]
