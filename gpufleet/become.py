"""How the connecting user becomes root on a host, decided once per host and run.

pyinfra by itself asks for a sudo password on every host anew and, without a terminal, ends in a traceback. Here sudo is
looked at first, one answer serves all hosts, and where nobody can become root the role `platform` refuses the host.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from getpass import getpass
from typing import TypedDict

from pyinfra import config, host

from gpufleet.facts.access import AccessFacts, HiddenInput, SudoAnswer, SudoPassword
from gpufleet.passwords import Passwords
from gpufleet.platform import Access, RootAccess

_REMEMBERED = "gpufleet_escalation"


class Root(TypedDict, total=False):
    """The global arguments of pyinfra that make a deploy run as root."""

    _sudo: bool


@dataclass(frozen=True)
class Escalation:
    """How the deploys of one host run.

    Attributes:
        arguments: pyinfra's global arguments for each of them.
        obstacle: why they cannot run as root although sudo asks for a password only; None where they do.
    """

    arguments: Root = field(default_factory=Root)
    obstacle: str | None = None


def escalation() -> Root:
    """Global arguments with which the current host's deploys run as root, as far as they can.

    Ways that the inventory or the command line chose (`_su_user`, `_doas`, `_dzdo`) are left as they are. A password is
    asked for where sudo wants one and there is a terminal; it is kept in this process only and never printed.

    Returns:
        `{}` where the connecting user is root or the inventory says how, `{"_sudo": True}` where sudo does it, and
        `{"_sudo": False}` where nothing does: `obstacle` and the host's `Access` then tell why.
    """
    return _escalation().arguments


def foreseen() -> Root:
    """What `escalation` will answer for the current host, or has answered; a guess asks nothing and may be wrong."""
    decided: Escalation | None = host.connector_data.get(_REMEMBERED)
    if decided is not None:
        return decided.arguments
    chosen = any(_chosen(name) for name in ("_sudo", "_su_user", "_doas", "_dzdo"))
    local = host.name.startswith("@local")
    is_root = os.geteuid() == 0 if local else host.data.get("ssh_user") == "root"
    return {} if chosen or is_root else {"_sudo": True}


def obstacle() -> str | None:
    """Why sudo's password could not be had for the current host; None when that is not what is in the way."""
    return _escalation().obstacle


def _escalation() -> Escalation:
    if _REMEMBERED not in host.connector_data:
        host.connector_data[_REMEMBERED] = _decide()
    remembered: Escalation = host.connector_data[_REMEMBERED]
    return remembered


def _decide() -> Escalation:
    if any(_chosen(name) for name in ("_su_user", "_doas", "_dzdo")):
        return Escalation()
    access = host.get_fact(AccessFacts, _sudo=False)
    if access.root_access is RootAccess.ROOT:
        return Escalation({"_sudo": False} if _chosen("_sudo") and not _chosen("_sudo_user") else {})
    if host.data.get("_sudo") is False:
        return Escalation({"_sudo": False}, "the inventory forbids sudo here (ansible_become or _sudo is false)")
    if access.root_access is RootAccess.SUDO:
        return Escalation({"_sudo": True})
    if access.root_access is RootAccess.PASSWORD:
        return _with_password(access)
    return Escalation({"_sudo": False})


def _with_password(access: Access) -> Escalation:
    declared = _chosen("_sudo_password")
    if declared:
        answer, password, wrong = _check(str(declared)), None, "the declared sudo password is wrong"
    elif sys.stdin is None or not sys.stdin.isatty():
        return Escalation({"_sudo": False}, "there is no terminal to ask for it")
    else:
        answer, password = _passwords.find(f"sudo password of {access.user} on {host.name}: ", _check)
        wrong = "no right password was given"
    if answer is not SudoAnswer.RIGHT:
        denied = answer is SudoAnswer.DENIED
        return Escalation({"_sudo": False}, "sudo says that this user may not use it" if denied else wrong)
    if password is not None:
        # Where pyinfra keeps what it has prompted for itself; as an argument it would show in pyinfra's debug output.
        host.connector_data["prompted_sudo_password"] = password
    return Escalation({"_sudo": True})


def _check(password: str) -> SudoAnswer:
    return host.get_fact(SudoPassword, _sudo=False, _stdin=HiddenInput([password]))


def _chosen(name: str) -> object:
    """A global argument from the host's data, else from the command line or config.py."""
    return host.data.get(name) or getattr(config, name.removeprefix("_").upper(), None)


def _ask(prompt: str) -> str | None:
    """Ask the person at the terminal; None for no answer (an empty line, end of input)."""
    try:
        return getpass(prompt) or None
    except EOFError:
        return None


_passwords = Passwords(_ask)
