"""Debian packages that the lab needs on this machine: installed when missing, and remembered for `down`."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.command import run
from tests.lab.instance import ROOT
from tests.lab.progress import step

if TYPE_CHECKING:
    from collections.abc import Iterator

LEDGER = ROOT / "packages.json"
POLICY = Path("/usr/sbin/policy-rc.d")
# The comment tells our file from one that somebody else put there, also after a crash.
POLICY_TEXT = "#!/bin/sh\n# gpufleet-lab: no service may start while the lab installs packages\nexit 101\n"
# What must be there (a program, or a file by its path), and the package that brings it.
NEEDED = {
    "dockerd": "docker.io",
    "containerd": "containerd",
    "iptables": "iptables",
    "mmdebstrap": "mmdebstrap",
    "ssh": "openssh-client",
    "ip": "iproute2",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
}
# docker.io's own script to remove it on purge also empties /var/lib/docker, whoever filled it.
NUKE = Path("/usr/share/docker.io/contrib/nuke-graph-directory.sh")
UNITS = {"docker.io": ("docker.service", "docker.socket"), "containerd": ("containerd.service",)}
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def program(name: str) -> str | None:
    """Full path of a program, also from the folders that only root's PATH holds; None when it is missing."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{_SBIN}")


def installed() -> set[str]:
    """Names (with architecture) of all packages that dpkg knows, those that only left configuration included."""
    lines = run(["dpkg-query", "--show", "--showformat", "${db:Status-Status}|${binary:Package}\n"]).splitlines()
    return {name for status, _, name in (line.partition("|") for line in lines) if status != "not-installed"}


def ensure() -> None:
    """Install what is missing; what apt added is remembered in the ledger.

    Raises:
        CommandError: apt could not install it.
    """
    missing = sorted({package for need, package in NEEDED.items() if not _there(need)})
    if missing:
        with step(f"installing {', '.join(missing)}"):
            _install(missing)


def ours() -> list[str]:
    """The packages that the lab brought to this machine, also by an installation that was interrupted."""
    ledger = _ledger()
    added = set(ledger["added"])
    if ledger["before"]:
        added |= installed() - set(ledger["before"])
    return sorted(added & installed())


def purge() -> list[str]:
    """Remove the packages that the lab brought, with their configuration; nothing else goes with them.

    Returns:
        What was removed.

    Raises:
        CommandError: something that was installed later needs one of them; dpkg names it.
    """
    _wait_for_dpkg()
    names = ours()
    if POLICY.exists() and POLICY.read_text() == POLICY_TEXT:
        POLICY.unlink()
    if names:
        NUKE.unlink(missing_ok=True)
        with no_service_starts():
            # A package that an interrupted run left half unpacked goes too.
            run(["dpkg", "--purge", "--force-remove-reinstreq", *names], env=_environment())
            run(["dpkg", "--configure", "--pending"], env=_environment())
    LEDGER.unlink(missing_ok=True)
    return names


def _there(need: str) -> bool:
    return Path(need).exists() if need.startswith("/") else program(need) is not None


def _ledger() -> dict[str, list[str]]:
    """`added`: what we installed; `before`: what was there when an installation began that has not ended."""
    if not LEDGER.exists():
        return {"added": [], "before": []}
    ledger: dict[str, list[str]] = json.loads(LEDGER.read_text())
    return ledger


def _install(names: list[str]) -> None:
    added, before = set(ours()), installed()
    LEDGER.write_text(json.dumps({"added": sorted(added), "before": sorted(before - added)}))
    with no_service_starts():
        _apt("update")
        _apt("install", "--no-install-recommends", *names)
    _keep_off(names)
    added |= installed() - before
    LEDGER.write_text(json.dumps({"added": sorted(added), "before": []}))


def _wait_for_dpkg() -> None:
    """Wait for an apt-get that outlived an interrupted run, or for somebody else's: dpkg itself does not wait."""
    if Path("/var/lib/dpkg/lock-frontend").exists():
        with Path("/var/lib/dpkg/lock-frontend").open("w") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)


def _keep_off(names: list[str]) -> None:
    """Keep the daemons that were just installed from starting at the machine's next boot."""
    units = [unit for name in names for unit in UNITS.get(name, ())]
    if units and Path("/run/systemd/system").is_dir():
        run(["systemctl", "--quiet", "disable", *units])


def _apt(*arguments: str) -> None:
    options = ["-o", "DPkg::Lock::Timeout=300", "-o", "APT::Keep-Downloaded-Packages=false"]
    run(["apt-get", "-y", "-qq", *options, *arguments], env=_environment())


def _environment() -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}


@contextmanager
def no_service_starts() -> Iterator[None]:
    """Keep packages from starting their services (policy-rc.d, Debian policy 9.11); an existing policy is kept."""
    mine = not POLICY.exists() or POLICY.read_text() == POLICY_TEXT
    if mine:
        POLICY.write_text(POLICY_TEXT)
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if mine:
            POLICY.unlink(missing_ok=True)
