"""Containers that live for one command, made from images that are on the host, and none left at the end."""

from __future__ import annotations

import secrets
import shlex
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from gpufleet.verify.container import ContainerError
from gpufleet.verify.tiny_image import LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from testinfra.backend.base import CommandResult
    from testinfra.host import Host


@dataclass(frozen=True)
class Throwaway:
    """A maker of containers.

    Attributes:
        host: where they run.
        token: what tells them from those of other verifications.
    """

    host: Host
    token: str = field(default_factory=lambda: secrets.token_hex(4))

    @contextmanager
    def there(self) -> Iterator[Self]:
        """Remove at the end whatever is left, also when the verification was interrupted."""
        try:
            yield self
        finally:
            self.host.run(f"docker ps -aq --filter label={LABEL}={self.token} | xargs -r docker rm -f -v")

    def words(self, image: str, command: Sequence[str], *options: str) -> list[str]:
        """The command line that runs a command in a fresh container, as `program.run` takes it.

        Args:
            image: its name or id; nothing is pulled.
            command: program and arguments, in place of the image's own.
            options: further options of `docker run`.
        """
        label = f"--label={LABEL}={self.token}"
        entry, *arguments = command
        return ["docker", "run", "--rm", "--pull=never", label, *options, f"--entrypoint={entry}", image, *arguments]

    def start(self, image: str, *options: str) -> str:
        """Start a container that waits, for `container.inside`; it goes with the others.

        Args:
            image: its name or id; `sleep` must be in it.
            options: further options of `docker run`.

        Returns:
            The container's id.

        Raises:
            ContainerError: it cannot be started.
        """
        started = self.run(image, ["sleep", "infinity"], "--detach", "--init", *options)
        if started.failed:
            raise ContainerError(f"no container of {image} can be started: {started.stderr.strip()}")
        return str(started.stdout).strip()

    def run(self, image: str, command: Sequence[str], *options: str) -> CommandResult:
        """Run a command in a fresh container.

        Args:
            image: its name or id; nothing is pulled.
            command: program and arguments, in place of the image's own.
            options: further options of `docker run`.

        Returns:
            Its exit code and output; 125 and above are Docker's own trouble.
        """
        return self.host.run(shlex.join(self.words(image, command, *options)))
