"""A wanted container against one of a host, field by field, in words without secrets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gpufleet.containers.declaration import declaration_hash
from gpufleet.containers.inspected import digest
from gpufleet.containers.model import shown_size
from gpufleet.secret_texts import hidden_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gpufleet.containers.inspected import Image, Observed
    from gpufleet.containers.model import Container, Mount


DESKTOP_MOUNTS = "/run/desktop/mnt/host/wsl/docker-desktop-bind-mounts/"
"""Below it Docker Desktop has the folders of WSL distributions, under names of its own."""


@dataclass(frozen=True)
class Gap:
    """One property that is not as declared.

    Attributes:
        what: the property.
        expected: the declared value, in words.
        observed: what the host shows.
    """

    what: str
    expected: str
    observed: str

    def __str__(self) -> str:
        return f"{self.what} {self.observed} instead of {self.expected}"


def gaps(wanted: Container, found: Observed, image: Image | None) -> list[Gap]:
    """How a container differs from what is declared; empty when it need not be made anew.

    Args:
        wanted: what is declared.
        found: the container of the host.
        image: what the wanted reference stands for there, None where it stands for nothing.
    """
    differing = [gap for gap in _fields(wanted, found, image) if gap.expected != gap.observed]
    differing += _command(wanted, found)
    differing += _environment(wanted, found)
    if found.liberties:
        differing.append(Gap("isolation", "Docker's own", _listed(found.liberties)))
    if differing or found.declaration in {None, declaration_hash(wanted)}:
        return differing
    return [Gap("declaration", declaration_hash(wanted)[:12], (found.declaration or "")[:12])]


def _fields(wanted: Container, found: Observed, image: Image | None) -> Iterator[Gap]:
    is_ = found.container
    yield _image(wanted, found, image)
    yield Gap("mounts", _listed(wanted.mounts), _listed(_own_sources(wanted, found)))
    yield Gap("shm size", shown_size(wanted.shm_bytes), shown_size(is_.shm_bytes))
    yield Gap("GPUs", _listed(wanted.gpus), _listed(is_.gpus))
    if wanted.user is not None or image is not None:
        user = wanted.user if wanted.user is not None else image.user if image else ""
        yield Gap("user", _user(user), _user(is_.user or ""))
    yield Gap("ports", _listed(wanted.ports), _listed(is_.ports))
    yield Gap("restart policy", wanted.restart, is_.restart)
    yield Gap("init", _yes(wanted.init), _yes(is_.init))
    yield Gap("terminal", _yes(wanted.tty), _yes(is_.tty))


def _own_sources(wanted: Container, found: Observed) -> list[Mount]:
    """The container's mounts; Docker Desktop may show its own name for a folder, and the declaration tells whose it is.

    It does where it was started before the distribution. The hash in a container's label holds the folder as it was
    declared when the container was made, and is compared with the rest.
    """
    declared = {mount.target: mount.source for mount in wanted.mounts}
    return [
        replace(mount, source=declared.get(mount.target, mount.source))
        if mount.source.startswith(DESKTOP_MOUNTS) and found.declaration is not None
        else mount
        for mount in found.container.mounts
    ]


def _command(wanted: Container, found: Observed) -> list[Gap]:
    """What differs may be a secret, which is not shown."""
    is_ = found.container
    expected = [*(wanted.entrypoint or ()), *wanted.command]
    observed = [*((is_.entrypoint or ()) if wanted.entrypoint is not None else ()), *is_.command]
    if expected == observed:
        return []
    declared, there = _words(hidden_words(expected)), _words(hidden_words(observed))
    return [Gap("command", declared, there if there != declared else f"{there} (another secret)")]


def _image(wanted: Container, found: Observed, image: Image | None) -> Gap:
    """By what the reference stands for; by its name where it stands for nothing on this host."""
    if image is None:
        return Gap("image", wanted.image, found.container.image)
    if image.id == found.image_id:
        return Gap("image", wanted.image, wanted.image)
    return Gap("image", _with_id(wanted.image, image.id), _with_id(found.container.image, found.image_id))


def _with_id(reference: str, id_: str) -> str:
    return f"{reference} ({id_.removeprefix('sha256:')[:12]})"


def _environment(wanted: Container, found: Observed) -> list[Gap]:
    there = found.digests
    return [
        Gap(f"variable {name}", "the declared value", "another value" if name in there else "none")
        for name, value in sorted(wanted.environment.items())
        if there.get(name) != digest(name, value)
    ]


def _listed(values: Iterable[object]) -> str:
    return "; ".join(map(str, values)) or "none"


def _words(words: Iterable[str]) -> str:
    return " ".join(repr(word) if " " in word or not word else word for word in words) or "none"


def _user(user: str) -> str:
    return user or "root"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
