"""Docker's repository as an apt source. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.apt.sources import DISABLED, clashes, repository_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.bundle.wanted import Target
    from gpufleet.made import Made
    from gpufleet.platform import Platform
    from roles.docker_engine.families import Source

KEYRING = "/etc/apt/keyrings/docker.asc"
SOURCE = "/etc/apt/sources.list.d/docker.sources"
"""Both as in https://docs.docker.com/engine/install/debian/, so that a host set up by hand needs no second file."""

LISTS = "/etc/apt/sources.list"
"""What the paths of all files begin with that apt takes sources from."""


@dataclass(frozen=True)
class Origin:
    """What is declared of where Docker is to come from.

    Attributes:
        source: `docker_engine_source`.
        version: `docker_engine_version`.
        repository: `docker_engine_repository`.
    """

    source: Source
    version: str | None
    repository: str


def named(files: Mapping[str, str], repository: str) -> bool:
    """Whether apt has Docker's repository as a source.

    Args:
        files: the text of every source file, by path.
        repository: the declared repository.
    """
    return bool(clashes(files, [repository_name(repository)], None))


def named_before(made: Made, repository: str) -> bool:
    """Whether apt had it: an apply has added our file, or has taken out an entry that was there before.

    So an apply that was killed in between is gone on with by the next.

    Args:
        made: what the host remembers.
        repository: the declared repository.
    """
    former = {path: file for path, file in made.before.items() if path.startswith(LISTS)}
    texts = {path: file.content.decode(errors="surrogateescape") for path, file in former.items()}
    return SOURCE in made.files or named(texts, repository)


def key_url(repository: str, distribution: str) -> str:
    """Where Docker publishes its key.

    Args:
        repository: the declared repository.
        distribution: `debian` or `ubuntu`; both serve the same key.
    """
    return f"{repository}/{distribution}/gpg"


def source_text(repository: str, platform: Platform | Target, *, enabled: bool = True) -> str:
    """The deb822 source.

    Args:
        repository: the declared repository.
        platform: what the host is: its distribution, codename and architecture.
        enabled: apt reads it; not on a host without a network.
    """
    return (
        "# Managed by gpufleet.\n"
        f"{'' if enabled else DISABLED}"
        "Types: deb\n"
        f"URIs: {repository}/{platform.distribution}\n"
        f"Suites: {platform.codename}\n"
        "Components: stable\n"
        f"Architectures: {platform.architecture}\n"
        f"Signed-By: {KEYRING}\n"
    )
