"""What the daily commands take from the roles: nothing of it is written a second time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gpufleet.containers.model import Container
    from gpufleet.facts.answer import Unreadable
    from gpufleet.facts.files import FileState
    from gpufleet.images.named import ImageOfHost
    from gpufleet.images.present import Present
    from gpufleet.platform import Access, Platform

Data: TypeAlias = "Mapping[str, object]"
"""A host's variables."""
WORKSPACE = "/app"
"""Where the workspace shows in sandboxes and jobs, and where both begin."""
JOB_LABEL = "gpufleet.job"
"""Whose value is a job's id. No job has the label of a sandbox, and nothing takes it for one."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A host as it is.

    Attributes:
        platform: what it is.
        access: who connects.
        images: those that it has.
        remembered: the file that names the image that was declared last.
    """

    platform: Platform
    access: Access
    images: Present | Unreadable
    remembered: FileState | Unreadable | None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked of a job in place of what is declared of a sandbox; None leaves it as declared.

    Attributes:
        sandbox: whose declaration it starts from; None where none is declared.
        command: what runs; empty for the image's own.
        image: that it is made from, by the name that is declared for it or by that of Docker's.
        workspace: folder of the host that shows as /app.
        mounts: further ones, as `~/dataset:/dataset:ro`.
        gpus: `all`, `none`, or indices and UUIDs between commas.
        shm_size: as `16g`.
        user: who it is inside, as `1000:1000`.
        environment: further variables.
        terminal: it gets one.
    """

    sandbox: str | None
    command: tuple[str, ...] = ()
    image: str | None = None
    workspace: str | None = None
    mounts: tuple[str, ...] = ()
    gpus: str | None = None
    shm_size: str | None = None
    user: str | None = None
    environment: tuple[tuple[str, str], ...] = ()
    terminal: bool = False


@dataclass(frozen=True)
class Job:
    """A container that runs once.

    Attributes:
        container: what it is.
        pull: its image may be fetched; else it is a declared one.
    """

    container: Container
    pull: bool


@dataclass(frozen=True)
class Declared:
    """What the roles declare; pure functions, which raise ValueError with the reason where there is none.

    Attributes:
        sandboxes: names of a host's sandboxes, each with the image that it names, None where it names none.
        workspace: folder on the host of a sandbox, of that name, for who connects.
        images: the images that a host is to have, by their names, the one without a name as None.
        job: a job, from what the host is, what is wished, and the images that it is to have.
    """

    sandboxes: Callable[[Data], Mapping[str, str | None]]
    workspace: Callable[[Data, str, Access], str]
    images: Callable[[Data, Seen], Mapping[str | None, ImageOfHost]]
    job: Callable[[Data, Seen, Wish, Mapping[str | None, ImageOfHost]], Job]
