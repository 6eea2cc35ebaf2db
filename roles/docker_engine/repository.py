"""Docker's repository with its key, where Docker comes from it.

Whose Docker a host is to have depends on what is there, which a run may change; so each operation asks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.facts.apt import AptPackages
from gpufleet.facts.global_keys import GlobalKeyrings
from gpufleet.facts.together import together
from gpufleet.operations import files
from gpufleet.operations.apt import global_keys as apt_global_keys
from gpufleet.operations.apt import keyring as apt_keyring
from gpufleet.operations.apt import packages as apt_packages
from gpufleet.operations.apt import source as apt_source
from roles.docker_engine.present import from_repository, present
from roles.docker_engine.source import KEYRING, SOURCE

if TYPE_CHECKING:
    from gpufleet.bundle.chosen import Bundle
    from gpufleet.operations.change import Commands
    from roles.docker_engine.source import Origin

NOT_FROM_DOCKER = "Docker does not come from Docker's repository here"


@operation()
def one_source(origin: Origin) -> Commands:
    """Have no entries for Docker's repository but our own, before apt is asked anything.

    Args:
        origin: what is declared of where Docker comes from.
    """
    if not from_repository(present(), origin):
        host.noop(NOT_FROM_DOCKER)
        return
    yield from apt_source.alone._inner(path=SOURCE, repositories=[origin.repository])  # noqa: SLF001


@operation()
def prerequisites(origin: Origin, *, authorities: bool, bundle: Bundle | None = None) -> Commands:
    """Have package ca-certificates: without it apt reaches no https source, and no authority can be added.

    Args:
        origin: what is declared of where Docker comes from.
        authorities: some are declared.
        bundle: what packages come from, None where they come from apt's sources.
    """
    with together():
        there = present()
        host.get_fact(AptPackages, packages=["ca-certificates"])  # for what follows
    if not (authorities or (bundle is None and from_repository(there, origin))):
        host.noop("no https source is used, and no authority is declared")
        return
    yield from apt_packages.packages._inner(versions={"ca-certificates": None}, bundle=bundle)  # noqa: SLF001


@operation()
def keyring(origin: Origin, url: str, key: str, bundle: Bundle | None = None) -> Commands:
    """Have Docker's key in its keyring, where Docker comes from Docker's repository.

    Args:
        origin: what is declared of where Docker comes from.
        url: where Docker publishes its key.
        key: the pinned fingerprint.
        bundle: what the key comes from, None where it is downloaded.
    """
    if not from_repository(present(), origin):
        host.noop(NOT_FROM_DOCKER)
        return
    yield from apt_keyring.keyring._inner(path=KEYRING, url=url, key=key, bundle=bundle)  # noqa: SLF001


@operation()
def key_not_global(origin: Origin, key: str) -> Commands:
    """Have Docker's key trusted for Docker's repository only, where Docker is Docker's own.

    Also where it came as files, and no repository is used: that takes no network.

    Args:
        origin: what is declared of where Docker comes from.
        key: the pinned fingerprint.
    """
    with together():
        there = present()
        host.get_fact(GlobalKeyrings)  # for what follows
    if there.family(origin.source) != "docker":
        host.noop(NOT_FROM_DOCKER)
        return
    yield from apt_global_keys.not_global._inner(key=key, repositories=[origin.repository])  # noqa: SLF001


@operation()
def added(origin: Origin, text: str) -> Commands:
    """Have Docker's repository as a source, where Docker comes from it.

    Args:
        origin: what is declared of where Docker comes from.
        text: content of the source file.
    """
    if not from_repository(present(), origin):
        host.noop(NOT_FROM_DOCKER)
        return
    yield from files.whole_file._inner(path=SOURCE, text=text)  # noqa: SLF001
