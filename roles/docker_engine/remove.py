"""What the role docker_engine takes back: its keys, and Docker itself where apply has installed it for nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import deploy

from gpufleet.operations import removal_daemon_file
from gpufleet.operations.removal import containers_there, first_of, never
from gpufleet.operations.removal_alternatives import alternative_given_back
from gpufleet.operations.removal_authorities import authorities_removed
from gpufleet.operations.removal_containers import containers_reported
from gpufleet.operations.removal_daemon import loaded
from gpufleet.operations.removal_daemon_json import LIVE_RESTORE, keys_given_back
from gpufleet.operations.removal_files import file_given_back, others_put_back, source_given_back
from gpufleet.operations.removal_keys import key_given_back
from gpufleet.operations.removal_packages import packages_given_back, traces_told
from gpufleet.operations.removal_reasons import all_go, daemon_stays, kept_by, packages_stay
from gpufleet.operations.removal_users import memberships_given_back
from gpufleet.settings import load
from roles.docker_engine.families import KNOWN
from roles.docker_engine.iptables import ALTERNATIVES
from roles.docker_engine.settings import DockerEngineSettings
from roles.docker_engine.source import KEYRING, SOURCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.operations.removal import Unless

OWNER, GROUP = "docker_engine", "docker"
DAEMONS = ("docker-ce", "docker.io")
"""Packages of the daemon."""
KEPT = "docker_engine_keep is set: later `apt-get remove` takes them away"


def docker_goes(*, consent: bool) -> Unless:
    """Why dockerd need not be told of a changed file: it goes itself in the same run.

    Args:
        consent: sandboxes that nobody uses go, or have gone.
    """
    return all_go(DAEMONS, docker_in_use(consent=consent))


def docker_waits(*, consent: bool) -> Unless:
    """Why Docker does not go yet: containers are there, whoever made them.

    Args:
        consent: sandboxes that nobody uses go, or have gone.
    """
    return never if _settings().keep else kept_by(containers_there(consent=consent), DAEMONS)


def docker_in_use(*, consent: bool) -> Unless:
    """Why a Docker stays that apply has installed, for good or for now.

    Args:
        consent: sandboxes that nobody uses go, or have gone.
    """
    return first_of(_kept, docker_waits(consent=consent))


def _kept() -> str | None:
    return KEPT if _settings().keep else None


def _settings() -> DockerEngineSettings:
    return load(DockerEngineSettings, host.data.dict())


@deploy("Docker Engine")
def docker_engine_removed(unless: Unless, *, consent: bool, others: Sequence[str]) -> None:
    """Take our configuration back on the current host, and remove Docker where apply has installed it.

    Args:
        unless: why nothing goes.
        consent: sandboxes that nobody uses go, or have gone.
        others: packages that other roles have taken back by now, as far as they could.
    """
    settings = _settings()
    goes = first_of(unless, docker_goes(consent=consent))
    keys_given_back(name="Take the daemon's keys back", owner=OWNER, unless=unless, but=[LIVE_RESTORE])
    loaded(name="Have the daemon run without them", unless=goes)
    keys_given_back(name="Take live-restore back", owner=OWNER, unless=unless)
    loaded(name="Have the daemon run without that", unless=goes)
    removal_daemon_file.file_given_back(name="Leave daemon.json as it was", unless=unless)
    memberships_given_back(name="Take users out of Docker's group", group=GROUP, declared=settings.users, unless=unless)
    in_use, waits = docker_in_use(consent=consent), docker_waits(consent=consent)
    keep = "docker_engine_keep: true"
    look = "Look for containers that keep Docker"
    containers_reported(name=look, unless=unless, waits=waits, keep=keep, consent=consent)
    packages_given_back(name="Remove Docker's packages", packages=KNOWN, unless=unless, in_use=in_use, others=others)
    needed = daemon_stays(DAEMONS, in_use)
    _iptables_chosen(unless, needed)
    traces_told(name="Say what Docker leaves", unless=first_of(unless, needed), daemons=DAEMONS)
    stays = first_of(unless, packages_stay(KNOWN, in_use, others))
    source_given_back(name="Remove Docker's repository", path=SOURCE, repositories=[settings.repository], unless=stays)
    file_given_back(name="Remove Docker's key", path=KEYRING, unless=stays)
    key_given_back(name="Trust Docker's key where it was trusted", key=settings.key_fingerprint, unless=stays)
    authorities_removed(name="Trust none of the certificate authorities that were added", unless=unless)
    others_put_back(name="Put back what else was taken away", unless=unless)


def _iptables_chosen(unless: Unless, needed: Unless) -> None:
    """As they were before one was chosen with which dockerd starts."""
    for each in ALTERNATIVES:
        alternative_given_back(name=f"Choose {each} as before", alternative=each, unless=unless, needed=needed)
