"""A host key that changed, or that is not known: what is told about it, and the command that accepts it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from paramiko.ssh_exception import SSHException

from gpufleet.run.ssh_way import SSH_PORT, raised_in

if TYPE_CHECKING:
    from paramiko import PKey

    from gpufleet.run.ssh_way import Stop, Way

UNKNOWN_KEY = "No host key for"
"""How pyinfra's StrictPolicy and AskPolicy begin to say so, after their own names."""


def key_unknown(error: BaseException) -> bool:
    """Strict checking refused it, or nobody answered pyinfra's question."""
    strict = isinstance(error, SSHException) and UNKNOWN_KEY in str(error)
    return strict or (isinstance(error, EOFError) and raised_in(error, "missing_host_key"))


def changed(way: Way, stop: Stop, *, shown: PKey, known: PKey) -> tuple[str, str]:
    """The key of a stop on the way is not the one that is known for it.

    Args:
        way: the whole way.
        stop: whose key it is.
        shown: the key that it showed.
        known: the key that a known_hosts file has for it.

    Returns:
        Both fingerprints and the file, and the command that accepts the new key.
    """
    whose = "" if stop is way.host else f" of jump host {stop.address}"
    why = f"host key changed{whose}: {fingerprint(shown)}, known in {stop.remembered_in} as {fingerprint(known)}"
    forget = shlex.join(["ssh-keygen", "-R", stop.known_as, "-f", str(stop.remembered_in)])
    return why, f"{forget} && {_learn(way, stop, shown.get_name())}" if stop.asks else forget


def unknown(way: Way, stop: Stop) -> tuple[str, str]:
    """The key of a stop on the way is not known, and not simply taken; and the command that notes it."""
    whose = "" if stop is way.host else f" of jump host {stop.address}"
    why = f"host key{whose} unknown, and not taken unasked: {stop.known_as} is not in {stop.remembered_in}"
    return why, _learn(way, stop)


def fingerprint(key: PKey) -> str:
    """A key as `ssh-keygen -l` prints it, without its length and comment."""
    return f"{key.fingerprint} ({_kind(key.get_name()).upper()})"


def _learn(way: Way, stop: Stop, key_type: str | None = None) -> str:
    """The command that adds a stop's present key to known_hosts, asked for from the stop before it."""
    before = way.jumps[: way.jumps.index(stop)] if stop in way.jumps else way.jumps
    kind = ["-t", _kind(key_type)] if key_type else []
    port = ["-p", str(stop.port)] if stop.port != SSH_PORT else []
    ask = shlex.join([*_through(before), "ssh-keyscan", *kind, *port, stop.address])
    return f"{ask} >> {shlex.quote(str(stop.remembered_in))}"


def _through(jumps: tuple[Stop, ...]) -> list[str]:
    """The ssh command that runs another one on the last of some jump hosts."""
    if not jumps:
        return []
    uris = [f"ssh://{jump.user}@{jump.address}:{jump.port}" for jump in jumps]
    return ["ssh", *(["-J", ",".join(uris[:-1])] if uris[1:] else []), uris[-1]]


def _kind(name: str) -> str:
    """`ssh-ed25519`, `ecdsa-sha2-nistp256` or `ssh-rsa` as ssh-keyscan takes it."""
    return name.removeprefix("ssh-").partition("-")[0]
