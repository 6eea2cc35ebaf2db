"""Why a host could not be connected to, in one line, and the way out.

pyinfra wraps whatever paramiko raises into one `ConnectError` with a text; the exception that it was handling is still
there as its context, and tells the cases apart.
"""

from __future__ import annotations

import errno
import shlex
from socket import gaierror
from typing import TYPE_CHECKING, TypeAlias

from paramiko.ssh_exception import (
    AuthenticationException,
    BadHostKeyException,
    ChannelException,
    NoValidConnectionsError,
    SSHException,
)
from pyinfra.api.exceptions import PyinfraError
from pyinfra.connectors.ssh import SSHConnector

from gpufleet.run import host_key
from gpufleet.run.ssh_way import SSH_PORT, raised_in, way_to

if TYPE_CHECKING:
    from pyinfra.api import Host

    from gpufleet.run.ssh_way import Stop, Way

Reason: TypeAlias = tuple[str, str | None]
"""Why, and what a person does about it: a command where there is one."""

NO_ROUTE = {errno.EHOSTUNREACH, errno.ENETUNREACH}
SWITCHED_ON = "is it switched on, and does no firewall stand in between?"
CUT = "is that an SSH port, and does its sshd take more connections?"


def explain(host: Host, error: Exception) -> Reason:
    """Say why a host could not be connected to.

    Args:
        host: the host.
        error: what connecting to it raised.

    Returns:
        The reason in one line, and the way out; None where none is known.
    """
    if not isinstance(host.connector, SSHConnector):
        return str(error) or type(error).__name__, None
    way = way_to(host)
    cause = _cause(error)
    stop = way.failed_at(cause)
    if isinstance(cause, BadHostKeyException):
        return host_key.changed(way, stop, shown=cause.key, known=cause.expected_key)
    if host_key.key_unknown(cause):
        return host_key.unknown(way, stop)
    if stop.key and raised_in(cause, "_load_private_key_file"):
        return _no_key(stop.key, error)
    return _other(way, stop, cause)


def _cause(error: BaseException) -> BaseException:
    """What pyinfra was handling when it raised: a changed key, or else the innermost exception."""
    while cause := error.__cause__ or error.__context__:
        if isinstance(error, BadHostKeyException):
            break
        error = cause
    return error


def _other(way: Way, stop: Stop, cause: BaseException) -> Reason:
    whose = stop.address if stop is way.host else f"jump host {stop.address}"
    if isinstance(cause, OSError):
        return _network(stop, whose, cause)
    if isinstance(cause, ChannelException):  # a jump host says why it cannot go on (RFC 4254, 5.1)
        return f"the jump host does not reach {whose}, port {stop.port}: {cause.text}", SWITCHED_ON
    if isinstance(cause, SSHException | EOFError):
        return _ssh(stop, whose, cause)
    return str(cause) or type(cause).__name__, None


def _no_key(key: str, error: BaseException) -> Reason:
    """Pyinfra asks for a passphrase; without a terminal nobody can answer, and an EOFError is all that it says."""
    if isinstance(error, PyinfraError) and "encrypted" not in str(error) and "EOF" not in str(error):
        return str(error), None
    return f"the private key {key} has a passphrase", f"{shlex.join(['ssh-add', key])}, and name no key for the host"


def _network(stop: Stop, whose: str, error: OSError) -> Reason:
    code = _code(error)
    if isinstance(error, gaierror):
        return f"name not resolved: {whose}", f"see `getent hosts {stop.address}`, or give its address as ansible_host"
    if code == errno.ECONNREFUSED:
        return f"connection refused: {whose}, port {stop.port}", "does sshd run there, and is that its port?"
    if code in NO_ROUTE:
        return f"no route to host: {whose}", f"is it switched on? see `ip route get {stop.address}`"
    if isinstance(error, TimeoutError):
        return f"connection timed out: {whose}, port {stop.port}", SWITCHED_ON
    if isinstance(error, ConnectionError):
        return f"connection closed before SSH began: {whose}, port {stop.port}", CUT
    return f"could not connect: {whose}: {error.strerror or error}", None


def _code(error: OSError) -> int | None:
    """Its number; paramiko bundles one error for each address of a name."""
    first = next(iter(error.errors.values()), error) if isinstance(error, NoValidConnectionsError) else error
    return first.errno if isinstance(first, OSError) else None


def _ssh(stop: Stop, whose: str, error: BaseException) -> Reason:
    if isinstance(error, AuthenticationException) or "authentication" in str(error).lower():
        return _no_login(stop, whose)
    if isinstance(error, EOFError) or "protocol banner" in str(error):
        return f"connection closed before SSH began: {whose}, port {stop.port}", CUT
    return f"SSH: {whose}: {error}", None


def _no_login(stop: Stop, whose: str) -> Reason:
    """Which user with which key did not get in; paramiko says `No authentication methods available` for no key."""
    if stop.key:
        port = ["-p", str(stop.port)] if stop.port != SSH_PORT else []
        way_out = shlex.join(["ssh-copy-id", "-i", f"{stop.key}.pub", *port, f"{stop.user}@{stop.address}"])
        return f"authentication failed: {whose}, user {stop.user}, key {stop.key}", way_out
    tried = "a password" if stop.password else "the keys of the SSH agent and of ~/.ssh"
    way_out = "give its user as ansible_user, and a key that opens it as ansible_ssh_private_key_file"
    return f"authentication failed: {whose}, user {stop.user}, {tried}", way_out
