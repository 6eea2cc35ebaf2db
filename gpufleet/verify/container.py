"""A container of a host, from both sides: what the daemon says of it, and testinfra's own modules inside it.

    container = inside(host, "python_sandbox")
    assert container.user().name == "sandbox"
    assert container.file("/app").is_directory
    assert inspected(host, "python_sandbox")["State"]["Running"]

Commands run with `docker exec` over the host's own connection, so one login serves both sides.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import testinfra.host
from testinfra.backend.base import BaseBackend, CommandResult

if TYPE_CHECKING:
    from collections.abc import Mapping


class ContainerError(Exception):
    """A container cannot be looked at: it is not there, or does not run. The message names it and says which."""


class ContainerBackend(BaseBackend):  # type: ignore[misc]
    """Runs testinfra's commands inside a running container.

    Args:
        host: the host that runs it.
        container: its name or id.
        user: as whom, by name or `UID[:GID]`; None for the container's own user.
    """

    NAME = "container"

    def __init__(self, host: testinfra.host.Host, container: str, user: str | None) -> None:
        self.outside = host
        self.container = container
        self.command = ["docker", "exec", *(["--user", user] if user is not None else []), container, "/bin/sh", "-c"]
        super().__init__(f"{container}@{host.backend.get_hostname()}")

    def run(self, command: str, *args: str, **kwargs: Any) -> CommandResult:  # noqa: ANN401, ARG002
        """Run a command in the container; testinfra quotes the arguments into it.

        Args:
            command: a shell command with `%s` for each argument.
            args: the arguments, unquoted.
            kwargs: other backends' options, without meaning here.

        Returns:
            testinfra's result, with both streams as bytes.

        Raises:
            ContainerError: the container is gone or was stopped. `docker exec` ends with 1 then, and so would a
                `test -e` inside: "no such file" must not be read out of that.
        """
        line = self.get_command(command, *args)
        done = self.outside.run(shlex.join([*self.command, line]))
        if done.failed:
            running(self.outside, self.container)
        return self.result(done.rc, self.encode(line), done.stdout_bytes, done.stderr_bytes)

    def get_encoding(self) -> str:
        """UTF-8, without asking a Python that need not be in the image."""
        return "UTF-8"


def inside(host: testinfra.host.Host, container: str, user: str | None = None) -> testinfra.host.Host:
    """A container as testinfra sees a host: `.file()`, `.user()`, `.check_output()` and all its other modules.

    Args:
        host: the host that runs it.
        container: its name or id.
        user: as whom commands run, by name or `UID[:GID]`; None for the container's own user.

    Raises:
        ContainerError: it is not there, or does not run.
    """
    running(host, container)
    backend = ContainerBackend(host, container, user)
    view = testinfra.host.Host(backend)
    backend.set_host(view)
    return view


def running(host: testinfra.host.Host, container: str) -> Mapping[str, Any]:
    """What the daemon says of a container that runs.

    Raises:
        ContainerError: it is not there, or does not run.
    """
    said = inspected(host, container)
    if reason := not_running(said["State"]):
        raise ContainerError(f"the container {container} {reason}")
    return said


def inspected(host: testinfra.host.Host, container: str) -> Mapping[str, Any]:
    """What the daemon says of a container (`docker container inspect`), running or not.

    Raises:
        ContainerError: it is not there, or the daemon does not answer.
    """
    asked = host.run("docker container inspect %s", container)
    if asked.failed:
        raise ContainerError(f"the container {container} cannot be looked at: {asked.stderr.strip()}")
    answer: Mapping[str, Any] = json.loads(asked.stdout)[0]
    return answer


def not_running(state: Mapping[str, Any]) -> str | None:
    """Why nothing can be run in a container; None when it can. Pure.

    Args:
        state: its `State`, as `docker container inspect` shows it.
    """
    if state["Running"] and not state["Paused"] and not state["Restarting"]:
        return None
    status = str(state["Status"])
    if status == "exited":
        error = f", {state['Error']}" if state.get("Error") else ""
        return f"does not run (exited with {state['ExitCode']} at {state['FinishedAt']}{error})"
    return f"does not run ({status})"
