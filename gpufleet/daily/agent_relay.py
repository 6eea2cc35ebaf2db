"""Lends an SSH agent on this machine: `python -m gpufleet.daily.agent_relay PATH SOCKET PROCESS`.

Listens at PATH, for the user who runs it alone, and hands what comes to SOCKET and back, until PROCESS has ended.
Prints `ready` once it listens, or the reason why it does not.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingUnixStreamServer
from threading import Thread

PAUSE = 0.5
"""Seconds between two looks at the process."""
CHUNK = 1 << 16


class Lender(ThreadingUnixStreamServer):
    """Listens for those who want to use the agent.

    Args:
        path: where; made for this process's user alone.
        agent: the agent's socket.
    """

    daemon_threads = True
    timeout = PAUSE

    def __init__(self, path: str, agent: str) -> None:
        self.agent = agent
        os.umask(0o177)
        super().__init__(path, HandOn)


class HandOn(BaseRequestHandler):
    """Hands one connection on to the agent."""

    def handle(self) -> None:
        """Until one of both sides has nothing more to say."""
        lender = self.server
        with suppress(OSError), socket.socket(socket.AF_UNIX) as agent:
            agent.connect(lender.agent if isinstance(lender, Lender) else "")
            there = Thread(target=_copy, args=(self.request, agent), daemon=True)
            there.start()
            _copy(agent, self.request)
            there.join(PAUSE)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def main(path: str, agent: str, process: str) -> None:
    """Lend it until the process of that number has ended."""
    with Lender(path, agent) as lender:
        try:
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            while Path(f"/proc/{process}").exists():
                lender.handle_request()
        finally:
            Path(path).unlink(missing_ok=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except OSError as error:
        sys.stdout.write(f"{error.strerror or error}\n")
