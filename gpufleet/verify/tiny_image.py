"""A container image made on a host out of its own shell: no registry and no network is needed to run one."""

from __future__ import annotations

import secrets
import shlex
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testinfra.backend.base import CommandResult
    from testinfra.host import Host

LABEL = "gpufleet.verify"
"""On the image, so on every container made from it. Its value tells one verification from another."""
IMPORT = (
    "libraries=$(for program in /bin/sh {programs}; do ldd $program 2>/dev/null | grep -o '/[^ ]*'; done | sort -u | "
    "grep -v ^/usr/lib/wsl/); tar -C / -chf - bin/sh $libraries | "
    "docker import --change %s --change 'CMD [\"/bin/sh\"]' - %s"
)
STALE = "1h"
"""Leftovers of verifications that were cut off are removed when they are older: a younger one may still be going on."""


@dataclass(frozen=True)
class TinyImage:
    """An image that holds a shell, its libraries and nothing else.

    Attributes:
        host: where it is.
        programs: of the host, which are to find their libraries in it; they themselves are not in it, nor is what WSL
            brings in. `nvidia-smi` is such a program: it needs libm, libdl and libpthread.
        token: what tells it from the images of other verifications.
    """

    host: Host
    programs: tuple[str, ...] = ()
    token: str = field(default_factory=lambda: secrets.token_hex(4))

    @property
    def name(self) -> str:
        """Its name on the host."""
        return f"gpufleet-verify:{self.token}"

    @contextmanager
    def there(self) -> Iterator[Self]:
        """Make it, and remove it with all its containers at the end, whatever happens in between."""
        self.host.run(f"docker container prune -f --filter label={LABEL} --filter until={STALE}")
        self.host.run(f"docker image prune -af --filter label={LABEL} --filter until={STALE}")
        try:
            self.host.check_output(
                IMPORT.format(programs=shlex.join(self.programs)), f"LABEL {LABEL}={self.token}", self.name
            )
            yield self
        finally:
            self.host.run(f"docker ps -aq --filter label={LABEL}={self.token} | xargs -r docker rm -f -v")
            self.host.run(f"docker image rm -f {self.name}")

    def traces(self) -> list[str]:
        """What is still on the host of the image and of its containers: their ids."""
        label = f"--filter label={LABEL}={self.token}"
        listed: str = self.host.check_output(f"docker ps -aq {label} && docker images -aq {label}")
        return listed.split()

    def run(self, script: str, *options: str) -> CommandResult:
        """Run a script in a fresh container.

        Args:
            script: for `sh -c`; only what the shell itself can do is there.
            options: further options of `docker run`.

        Returns:
            Its exit code and output; 125 and above are Docker's own trouble.
        """
        words = ["docker", "run", "--rm", "--pull=never", *options, self.name, "/bin/sh", "-c", script]
        return self.host.run(shlex.join(words))
