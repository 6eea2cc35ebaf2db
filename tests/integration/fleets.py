"""Several lab hosts at once for a test, and runs of `gpufleet` that are interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.checked import Checked
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

SECONDS = 180
ESTABLISHED = "01"
"""TCP_ESTABLISHED of the kernel's include/net/tcp_states.h, as /proc/net/tcp prints it."""


@contextmanager
def clones(lab: Lab, snapshot: str, count: int) -> Iterator[list[LabHost]]:
    """So many copies of a snapshot, made three at a time."""
    with ThreadPoolExecutor(3) as pool:
        hosts = list(pool.map(lambda _: lab.host(from_snapshot=snapshot), range(count)))
        try:
            yield hosts
        finally:
            list(pool.map(lambda host: host.destroy(), hosts))


def interrupted(verb: str, inventory: Path, wait: Callable[[], object], *arguments: str) -> Checked:
    """Run `gpufleet VERB`, and press Ctrl-C when `wait` returns.

    Args:
        verb: `check` or `apply`.
        inventory: path of an inventory.py.
        wait: returns when it is time.
        arguments: further ones.
    """
    with tempfile.TemporaryDirectory() as folder:
        document, said = Path(folder) / "report.json", Path(folder) / "said"
        # A shell that starts something in the background has it ignore SIGINT, and its children too.
        program = str(Path(sys.executable).with_name("gpufleet"))
        command = ["env", "--default-signal", program, verb, "--inventory", str(inventory)]
        with (
            said.open("w") as output,
            subprocess.Popen(
                [*command, "--json", str(document), *arguments], cwd=CHECKOUT, stdout=output, stderr=output
            ) as process,
        ):
            wait()
            os.kill(process.pid, signal.SIGINT)
            status = process.wait(timeout=SECONDS)
        return Checked(status, json.loads(document.read_text()) if document.exists() else {}, said.read_text())


def read_whole(host: LabHost) -> None:
    """Wait until this machine has connected to a host and has left it again: a run is done with it."""
    deadline = time.monotonic() + SECONDS
    for wanted in (True, False):
        while _connected(host) is not wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{host.name} was not {'connected to' if wanted else 'left'} in {SECONDS} s")
            time.sleep(0.02)


def _connected(host: LabHost) -> bool:
    """Whether a connection to its sshd is established; /proc/net/tcp has addresses in the machine's byte order."""
    number = int.from_bytes(ip_address(host.address).packed, sys.byteorder)
    remote = f"{number:08X}:{host.port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[2] == remote and row[3] == ESTABLISHED for row in rows)
