"""NVIDIA's repository, where the toolkit comes from, and what is needed to reach it."""

from __future__ import annotations

from dataclasses import replace

from pyinfra import host
from pyinfra.api import QuoteString, operation

from gpufleet.facts.apt import AptPackages, AptSourceFiles
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.together import together
from gpufleet.operations.apt import source as apt_source
from gpufleet.operations.apt.keyring import trouble
from gpufleet.operations.apt.order import Order, installed
from gpufleet.operations.apt.packages import package_differences
from gpufleet.operations.before import set_aside
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.files import file_difference
from roles.nvidia_container_toolkit.packages import PACKAGES, packages_off
from roles.nvidia_container_toolkit.source import FORMER, KEYRING, SOURCE

AUTHORITIES = "ca-certificates"


@operation()
def one_source(repository: str, text: str, key: str) -> Commands:
    """Have no entries for NVIDIA's repository but ours, and not even ours while apt could stumble over it.

    One whose keyring is missing makes apt refuse everything, other vendors' packages included. Ours is written anew
    once its keyring is there; what is wrong with it, or with the keyring, is theirs to say.

    Args:
        repository: the declared one.
        text: content of our source file.
        key: the pinned fingerprint.
    """
    with together():
        keyring, source = host.get_fact(FileContent, path=KEYRING), host.get_fact(FileContent, path=SOURCE)
        host.get_fact(AptSourceFiles)  # the operation within asks for it
    yield from apt_source.alone._inner(path=SOURCE, repositories=[repository, *FORMER])  # noqa: SLF001
    off = trouble(keyring, key, KEYRING) or any(file_difference(SOURCE, text, "644", source))
    if off and isinstance(source, FileState):
        yield from begin(step=True)
        yield set_aside(SOURCE, "&& rm -f", QuoteString(SOURCE))


def repository_needed(version: str, key: str) -> bool:
    """Whether anything is still to be fetched from NVIDIA's repository, by what the current host shows.

    Args:
        version: the declared one.
        key: the pinned fingerprint.
    """
    with together():
        keyring = host.get_fact(FileContent, path=KEYRING)
        found = host.get_fact(AptPackages, packages=list(PACKAGES))
    return bool(trouble(keyring, key, KEYRING) or any(packages_off(version, found)))


@operation()
def prerequisites() -> Commands:
    """Have package ca-certificates: without it apt reaches no https source.

    Where role docker_engine wants it too, the finding is that one's.
    """
    found = host.get_fact(AptPackages, packages=[AUTHORITIES])
    differences = list(package_differences({AUTHORITIES: None}, found))
    if not differences:
        host.noop(f"installed as declared: {AUTHORITIES}")
        return
    yield from begin(*(replace(each, waits_for=AUTHORITIES) for each in differences))
    yield from installed(Order({AUTHORITIES: None}), bundle=None, files=[])
