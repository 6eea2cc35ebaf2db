"""An ssh_config of its own for a host that needs one: written for this run, private, removed at its end."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpufleet.inventory.ssh_options import Options


def render(address: str, port: object, options: Options) -> str:
    """Write the ssh_config of one host.

    Args:
        address: what pyinfra connects to; the options hold for it alone, not for the hosts on the way there.
        port: its port where one is declared.
        options: from `parse`.

    Returns:
        The text: our options first, as a command line has the first word, then the person's own ssh_config. Last, as a
        default, unknown keys of jump hosts are accepted, which is what pyinfra does for the hosts themselves; without
        it a run would stop at a question.

    Raises:
        ValueError: a jump host has the address of the host itself, so that the way would never end.
    """
    jumps = options.in_file.get("ProxyJump", "")
    if address in {_host_of(jump) for jump in jumps.split(",")}:
        raise ValueError(f"the jump host {jumps} has the same address as the host behind it")
    lines = [f"{name} {value}" for name, value in options.in_file.items()]
    lines += [f"Port {port}"] if port else []
    block = "".join(f"    {line}\n" for line in lines)
    return (
        f"Host {address}\n{block}Host *\n    Include {options.config}\nHost *\n    StrictHostKeyChecking accept-new\n"
    )


def _host_of(jump: str) -> str:
    host = jump.strip().rpartition("@")[2]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def write(text: str) -> Path:
    """Keep a text in a private file until this process ends.

    Returns:
        The file, mode 0600, in a directory of mode 0700. The same text is the same file.
    """
    file = _directory() / sha256(text.encode()).hexdigest()[:16]
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as stream:  # noqa: PTH123 (from a descriptor)
            stream.write(text)
    return file


def written(file: str | None) -> str | None:
    """The text of a file that this process keeps (`write`); None for any other file."""
    return Path(file).read_text(encoding="utf-8") if file and Path(file).parent == _directory() else None


def make_home() -> None:
    """Make ~/.ssh as ssh does at its first connection; pyinfra fails where it cannot note a host's key in it."""
    with suppress(OSError):
        Path("~/.ssh").expanduser().mkdir(mode=0o700, exist_ok=True)


@cache
def _directory() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="gpufleet-ssh-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory
