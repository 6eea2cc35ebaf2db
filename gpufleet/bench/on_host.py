"""Brings the program into a sandbox of one host, and its answer back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from gpufleet.bench.document import AnswerError, checked
from gpufleet.bench.joined import joined
from gpufleet.bench.model import HostBench
from gpufleet.bench.program.answer import given_up_after
from gpufleet.bench.sandboxes import LISTED, NoSandboxError, chosen, sandboxes
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.platform import PlatformFacts
from gpufleet.run.connect import connect
from gpufleet.run.no_connection import explain
from gpufleet.verify.connection import CommandTimeoutError, HostLostError
from gpufleet.verify.program import ProgramError, answer, piped
from gpufleet.verify.reach import as_root

if TYPE_CHECKING:
    from pyinfra.api import Host

    from gpufleet.bench.sandboxes import Choice
    from gpufleet.verify.connection import Connection

SECONDS = 90
"""For one question."""
TO_GIVE_UP = 32
"""Seconds that the program has, beyond its own time, to begin and to give itself up."""
INSIDE = ("python", "-P", "-", "--json")
"""With -P, and in the folder /, no module of the workspace stands in for another."""
TROUBLE = (NoSandboxError, AnswerError, ProgramError, HostLostError, CommandTimeoutError)


def bench(host: Host, sandbox: str | None) -> HostBench:
    """Measure the GPUs of a host.

    Args:
        host: the host, pyinfra's current one, not yet connected.
        sandbox: in which; None to choose one.

    Returns:
        What came of it; whatever goes wrong is in it.
    """
    begun = time.monotonic()
    try:
        connect(host)
    except Exception as error:  # noqa: BLE001 - whatever keeps a host from being reached
        why, way_out = explain(host, error)
        return HostBench(name=host.name, why=why, way_out=way_out, seconds=time.monotonic() - begun)
    choice: Choice | None = None
    found: dict[str, Any] | None = None
    trouble: str | None = None
    try:
        connection = as_root(host, SECONDS)
        platform = connection.fact(PlatformFacts)
        choice = _choice(connection, sandbox, desktop=platform.desktop)
        found = _answer(as_root(host, answered_within(len(platform.gpus))), choice.name)
    except TROUBLE as error:
        trouble = str(error)
    name, others = (choice.name, choice.others) if choice else (None, ())
    seconds = time.monotonic() - begun
    return HostBench(name=host.name, why=trouble, sandbox=name, others=others, answer=found, seconds=seconds)


def answered_within(gpus: int) -> int:
    """Seconds after which an answer is waited for no longer. Pure.

    Args:
        gpus: that the host shows; a sandbox may see fewer.
    """
    return given_up_after(gpus) + TO_GIVE_UP


def _choice(connection: Connection, sandbox: str | None, *, desktop: bool) -> Choice:
    if not desktop and connection.fact(DockerDaemon).running is None:  # asking it by its socket could start it
        raise NoSandboxError("dockerd does not run")
    listed = connection.run(LISTED)
    if listed.code:
        raise NoSandboxError(f"Docker does not tell its containers: {_text(listed.stderr)}")
    return chosen(sandboxes(_text(listed.stdout)), sandbox)


def _answer(connection: Connection, sandbox: str) -> dict[str, Any]:
    command = ["docker", "exec", "--interactive", "--workdir", "/", sandbox, *INSIDE]
    done = connection.run(piped(command, joined().encode()))
    return checked(answer(done.code, _text(done.stdout), _text(done.stderr)))


def _text(output: bytes) -> str:
    return output.decode(errors="backslashreplace").strip()
