"""The testinfra backend over pyinfra: `testinfra.get_host("pyinfra://gpu1")` for a host of the inventory in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import testinfra.backend
from testinfra.backend.base import BaseBackend, CommandResult

if TYPE_CHECKING:
    from gpufleet.verify.connection import Connection


DOCKER = "unix:///run/docker.sock"
"""The daemon that the roles configure and the facts ask; a context of root's may name another one."""


class PyinfraBackend(BaseBackend):  # type: ignore[misc]
    """Runs testinfra's commands on a connected host, as root.

    Attributes:
        connections: the connected hosts by name; whoever connects them puts them here.
    """

    NAME = "pyinfra"
    connections: ClassVar[dict[str, Connection]] = {}

    def __init__(self, hostspec: str, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - testinfra's signature
        self.connection = self.connections[hostspec]
        super().__init__(hostspec, *args, **kwargs)

    def run(self, command: str, *args: str, **kwargs: Any) -> CommandResult:  # noqa: ANN401, ARG002
        """Run a command; testinfra quotes the arguments into it.

        Args:
            command: a shell command with `%s` for each argument.
            args: the arguments, unquoted.
            kwargs: other backends' options, without meaning here.

        Returns:
            testinfra's result, with both streams as bytes.
        """
        line = self.get_command(command, *args)
        answer = self.connection.run(f"export DOCKER_HOST={DOCKER}\n{line}")
        return self.result(answer.code, self.encode(line), answer.stdout, answer.stderr)

    def get_encoding(self) -> str:
        """UTF-8, without asking a Python that need not be on the host."""
        return "UTF-8"


testinfra.backend.BACKENDS[PyinfraBackend.NAME] = f"{__name__}.{PyinfraBackend.__name__}"
