"""Debian packages that the lab needs on this machine: installed when missing, and remembered for `down`."""

from __future__ import annotations

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
# The marker tells our file from one that somebody else put there, also after a crash.
POLICY_TEXT = "#!/bin/sh\n# gpufleet-lab: no service may start while the lab installs packages\nexit 101\n"
PROGRAMS = {
    "dockerd": "docker.io",
    "containerd": "containerd",
    "iptables": "iptables",
    "debootstrap": "debootstrap",
    "ssh": "openssh-client",
    "ip": "iproute2",
}
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def program(name: str) -> str | None:
    """Full path of a program, also from the folders that only root's PATH holds; None when it is missing."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{_SBIN}")


def installed() -> set[str]:
    """Names (with architecture) of all packages that dpkg holds as installed."""
    lines = run(["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev}|${binary:Package}\n"]).splitlines()
    return {line.partition("|")[2] for line in lines if line[1:2] == "i"}


def ensure() -> None:
    """Install the packages whose programs are missing; what apt added is remembered in the ledger.

    Raises:
        CommandError: apt could not install them.
    """
    missing = sorted({package for name, package in PROGRAMS.items() if program(name) is None})
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


def _ledger() -> dict[str, list[str]]:
    """`added`: what we installed; `before`: what was there when an installation began that has not ended."""
    if not LEDGER.exists():
        return {"added": [], "before": []}
    ledger: dict[str, list[str]] = json.loads(LEDGER.read_text())
    return ledger


def _install(names: list[str]) -> None:
    added, before = _ledger()["added"], installed()
    LEDGER.write_text(json.dumps({"added": added, "before": sorted(before)}))
    with no_service_starts():
        _apt("update")
        _apt("install", "--no-install-recommends", *names)
    added = sorted(set(added) | (installed() - before))
    LEDGER.write_text(json.dumps({"added": added, "before": []}))


def _apt(*arguments: str) -> None:
    options = ["-y", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    run(["apt-get", *options, *arguments], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


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
