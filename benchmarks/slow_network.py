"""A TCP proxy that makes a host as far away as another continent: every byte arrives half a round trip later.

`python -m benchmarks.slow_network ADDRESS PORT MILLISECONDS` prints the port that it listens on and serves until it is
ended. A connection to it takes the round trip that a real one would (the proxy itself is near); how much fits through
is not limited.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 65536


@contextmanager
def far_away(address: str, port: int, milliseconds: float) -> Iterator[int]:
    """Such a proxy, in a process of its own, for as long as the block runs.

    Args:
        address: of the host.
        port: of its sshd.
        milliseconds: of a round trip.

    Yields:
        The port on this machine's loopback that leads there.
    """
    command = [sys.executable, "-m", "benchmarks.slow_network", address, str(port), str(milliseconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        try:
            yield int(proxy.stdout.readline() if proxy.stdout else "")
        finally:
            proxy.terminate()


async def later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Copy what arrives, each part so many seconds after it came, until its end; order is kept.

    Args:
        reader: where it comes from.
        writer: where it goes; told when nothing more comes.
        seconds: of delay.
    """
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        part = b"?"
        while part:
            due, part = await waiting.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            writer.write(part)
        writer.write_eof()

    delivery = asyncio.create_task(deliver())
    part = b"?"
    while part:
        try:
            part = await reader.read(CHUNK)
        except ConnectionError:
            part = b""
        waiting.put_nowait((loop.time() + seconds, part))
    await delivery


async def _connected(
    near: asyncio.StreamReader, back: asyncio.StreamWriter, *, address: str, port: int, seconds: float
) -> None:
    await asyncio.sleep(seconds)  # the handshake of TCP, which ended at the proxy
    far, there = await asyncio.open_connection(address, port)
    for writer in (back, there):
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        await asyncio.gather(later(near, there, seconds / 2), later(far, back, seconds / 2))
    except (ConnectionError, OSError):
        return  # one end has gone, and with it the other
    finally:
        back.close()
        there.close()


async def serve(address: str, port: int, milliseconds: float) -> None:
    """Print the port and serve.

    Args:
        address: of the host.
        port: of its sshd.
        milliseconds: of a round trip.
    """
    connected = partial(_connected, address=address, port=port, seconds=milliseconds / 1000)
    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
