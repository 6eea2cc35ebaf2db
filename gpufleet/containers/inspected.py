"""Containers and images of a host, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from gpufleet.containers.model import DECLARATION_LABEL, PREVIOUS, SANDBOX_LABEL, Container

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image that a container can be made from.

    Attributes:
        id: of the image.
        user: who its processes are, empty for root.
        labels: its own and those of its base.
    """

    id: str
    user: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """A container of a host.

    Attributes:
        id: 64 hexadecimal digits.
        name: without a slash.
        container: what it is made of.
        image_id: of the image that it was made from.
        labels: its own and its image's.
        digests: of the variables that were asked for, by name (`digest`).
        status: `created`, `running`, `paused`, `restarting`, `exited` or `dead`.
        started: it has run at some time.
        created_at: when it was made, seconds since the epoch; None where Docker does not say.
        finished_at: when it last ended, likewise.
        execs: sessions of `docker exec` that go on in it.
        error: why it could not be started the last time, empty otherwise.
        volumes: the nameless ones that Docker made for it, or that were handed over to it: path inside and id, sorted.
        deleted: paths inside where something is mounted that the host no longer has where it was: removed, moved away.
        liberties: what it was given against Docker's isolation, in words; nothing of the kind can be declared.
    """

    id: str
    name: str
    container: Container
    image_id: str
    labels: Mapping[str, str]
    digests: Mapping[str, str] = field(default_factory=dict)
    status: str
    started: bool
    created_at: float | None = None
    finished_at: float | None = None
    execs: int = 0
    error: str = ""
    volumes: tuple[tuple[str, str], ...] = ()
    deleted: frozenset[str] = frozenset()
    liberties: tuple[str, ...] = ()

    @property
    def sandbox(self) -> str | None:
        """Name of the sandbox that it was made for; None for a container that is not ours."""
        return self.labels.get(SANDBOX_LABEL)

    @property
    def ours(self) -> bool:
        """Whether it is a sandbox of ours; what is made from an image of one has its labels, but not its name."""
        return self.sandbox is not None and self.name in {self.sandbox, self.sandbox + PREVIOUS}

    @property
    def declaration(self) -> str | None:
        """Hash of what was declared when it was made."""
        return self.labels.get(DECLARATION_LABEL)


def digest(name: str, value: str) -> str:
    """Of a variable and its value, as a host tells it."""
    return sha256(f"{name}={value}".encode()).hexdigest()
