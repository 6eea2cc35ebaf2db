"""The running mirror as tests and the lab see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from docker import DockerClient

VENDOR_NAMES: tuple[str, ...] = (
    "download.docker.com",
    "nvidia.github.io",
    "registry-1.docker.io",
    "auth.docker.io",
    "index.docker.io",
    "production.cloudflare.docker.com",
)

ServedKey = Literal["right", "other", "html", "truncated", "unavailable"]


class Engine(Protocol):
    """What the mirror needs of the lab's engine.

    Attributes:
        client: the private daemon that runs the lab.
        network: name of the lab's network; the mirror joins it at `mirror_address`.
        mirror_address: IPv4 address on that network that no host gets.
    """

    @property
    def client(self) -> DockerClient: ...
    @property
    def network(self) -> str: ...
    @property
    def mirror_address(self) -> str: ...


@dataclass(frozen=True)
class Mirror:
    """The vendors' stand-in.

    Attributes:
        address: IPv4 address under which lab hosts must resolve `VENDOR_NAMES`.
        ca_certificate: PEM file of the certificate authority that lab hosts must trust.
        docker_fingerprint: primary fingerprint of the key that signs the Docker repository, upper-case hexadecimal.
        other_fingerprint: the same of the valid key that signs nothing (`serve_key("other")`).
    """

    address: str
    ca_certificate: Path
    docker_fingerprint: str
    other_fingerprint: str

    def serve_key(self, which: ServedKey) -> None:
        """Choose what /linux/{debian,ubuntu}/gpg answers; `unavailable` is status 503."""
        raise NotImplementedError(which)

    def pause(self) -> None:
        """Refuse every connection until `resume`."""
        raise NotImplementedError

    def resume(self) -> None:
        """Serve again."""
        raise NotImplementedError


def start(engine: Engine) -> Mirror:
    """Build what is missing in the cache, start the mirror in the lab's engine and wait until it answers."""
    raise NotImplementedError(engine)
