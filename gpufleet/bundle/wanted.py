"""What roles want of a bundle: their part of the declaration, for hosts of one kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.images.recipe import Recipe


@dataclass(frozen=True)
class Target:
    """The kind of host that a bundle is for.

    Attributes:
        distribution: `debian` or `ubuntu`.
        version: of its release, `13`.
        codename: of its release, `trixie`.
        architecture: as dpkg names it.
    """

    distribution: str
    version: str
    codename: str
    architecture: str = "amd64"

    @property
    def name(self) -> str:
        """As it stands on the command line, `debian13`."""
        return f"{self.distribution}{self.version}"


@dataclass(frozen=True)
class Repository:
    """A vendor's apt repository.

    Attributes:
        name: short, and the name of its key in a bundle: `docker`.
        source: its deb822 source as hosts get it; `Signed-By` names `keyring`.
        keyring: path of the key on hosts.
        key_url: where the vendor publishes the key.
        fingerprint: the pinned one.
    """

    name: str
    source: str
    keyring: str
    key_url: str
    fingerprint: str


@dataclass(frozen=True)
class WantedImage:
    """An image that hosts would build.

    Attributes:
        reference: its repository and tag, which the content of its recipe decides.
        recipe: what it is built from.
        labels: those that its role gives it, the content hash among them.
        setting: the variable that declares its base, for messages.
        needed_bytes: what a build takes at most.
    """

    reference: str
    recipe: Recipe
    labels: Mapping[str, str]
    setting: str
    needed_bytes: int


@dataclass(frozen=True)
class Wanted:
    """What one role wants, by what is declared for one host.

    Attributes:
        packages: the pin of each package by name, None for the repository's newest.
        repositories: where they come from beside the distribution's own archive.
        images: what is loaded instead of built.
    """

    packages: Mapping[str, str | None] = field(default_factory=dict)
    repositories: tuple[Repository, ...] = ()
    images: tuple[WantedImage, ...] = ()
