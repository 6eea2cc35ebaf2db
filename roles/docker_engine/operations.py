"""Docker's keyring, source and packages, for the family that a host is to have.

Whose Docker that is depends on what is there, which a run may change; so each operation asks again.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pyinfra import host
from pyinfra.api import operation

from gpufleet.dockerd.objections import Objection, swarm_member
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.apt import AptCandidates, AptPackages, AptSourceFiles
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.global_keys import GlobalKeyrings
from gpufleet.facts.platform import PlatformFacts
from gpufleet.facts.together import together
from gpufleet.facts.users import UserGroups
from gpufleet.finding import Step
from gpufleet.operations import docker_daemon, files
from gpufleet.operations.apt import global_keys as apt_global_keys
from gpufleet.operations.apt import keyring as apt_keyring
from gpufleet.operations.apt import order as apt_order
from gpufleet.operations.apt import packages as apt_packages
from gpufleet.operations.apt import source as apt_source
from gpufleet.operations.bundle import manifest_of, refused
from gpufleet.operations.change import Commands, begin, refuse, steps
from gpufleet.operations.scripts import run
from gpufleet.operations.users import refuse_missing
from roles.docker_engine import engine
from roles.docker_engine.daemon import for_swarm
from roles.docker_engine.present import Present, present
from roles.docker_engine.source import KEYRING, SOURCE

if TYPE_CHECKING:
    from gpufleet.bundle.chosen import Bundle
    from roles.docker_engine.settings import DockerEngineSettings

DEBIANS = "docker.io"
SHIM = "podman-docker"
"""Removed and not purged, it still sets DOCKER_HOST to Podman's socket at each login (in /etc/profile.d)."""
NOT_FROM_DOCKER = "Docker does not come from Docker's repository here"


@operation()
def acceptable(settings: DockerEngineSettings, bundle: Bundle | None = None) -> Commands:
    """Refuse a host whose Docker can neither be kept nor be replaced, before anything changes.

    Args:
        settings: what is declared.
        bundle: what packages come from, None where they come from apt's sources.
    """
    with together():
        there = present()
        groups = {name: host.get_fact(UserGroups, user=name) for name in settings.users}
    candidate = None
    installed = engine.installed_family(there.packages, None)
    if there.family(settings.source) == "distribution" != installed:
        candidate = _bundled(bundle) if bundle else host.get_fact(AptCandidates, packages=[DEBIANS]).get(DEBIANS)
        if candidate is None and bundle is None:  # the lists may never have been fetched
            yield Step()
            yield run("apt.sh", "apt-update.sh")
            candidate = host.get_fact(AptCandidates, packages=[DEBIANS]).get(DEBIANS)
    clashes = engine.clashing(there.family(settings.source), there.packages)
    if found := engine.objection(settings, _deciding(there, thorough=bool(clashes)), candidate):
        yield from refuse("Docker Engine", **asdict(found))
    elif there.docker.program is None and (broken := docker_daemon.broken_file(there.docker)):
        yield from refuse(**broken._asdict())  # before a daemon is installed that would stumble over it
    elif missing := [name for name, known in groups.items() if known is None]:
        yield from refuse_missing(missing[0], "docker")
    else:
        host.noop("nothing is in the way of what is declared")


def _bundled(bundle: Bundle) -> str | None:
    """The version of docker.io in a bundle; what keeps that from being read is told where it is to be installed."""
    manifest = manifest_of(bundle)
    packages = () if isinstance(manifest, Objection) else manifest.packages
    return next((each.version for each in packages if each.name == DEBIANS), None)


def _deciding(there: Present, *, thorough: bool) -> engine.There:
    """What decides about a host; who else uses containerd is asked only where it would be taken away."""
    running = there.docker.running
    info = {} if running is None or isinstance(running.info, Unreadable) else running.info
    version, count = info.get("ServerVersion"), info.get("ContainersRunning")
    users = host.get_fact(PlatformFacts, gpu_seconds=0, neighbours=True).containerd_users if thorough else ()
    return engine.There(
        packages=there.packages,
        dockerd=there.docker.program,
        daemon_version=version if isinstance(version, str) and version else None,
        running_containers=count if isinstance(count, int) else None,
        containerd_users=users,
    )


@operation()
def one_source(source: engine.Source, url: str) -> Commands:
    """Have no entries for Docker's repository but our own, before apt is asked anything.

    Args:
        source: the declared `docker_engine_source`.
        url: of the repository.
    """
    with together():
        there = present()
        host.get_fact(AptSourceFiles)  # for what follows
    if not there.from_repository(source):
        host.noop(NOT_FROM_DOCKER)
        return
    yield from apt_source.alone._inner(path=SOURCE, repositories=[url])  # noqa: SLF001


@operation()
def prerequisites(source: engine.Source, *, authorities: bool, bundle: Bundle | None = None) -> Commands:
    """Have package ca-certificates: without it apt reaches no https source, and no authority can be added.

    Args:
        source: the declared `docker_engine_source`.
        authorities: some are declared.
        bundle: what packages come from, None where they come from apt's sources.
    """
    with together():
        there = present()
        host.get_fact(AptPackages, packages=["ca-certificates"])  # for what follows
    if not (authorities or (bundle is None and there.from_repository(source))):
        host.noop("no https source is used, and no authority is declared")
        return
    yield from apt_packages.packages._inner(versions={"ca-certificates": None}, bundle=bundle)  # noqa: SLF001


@operation()
def keyring(source: engine.Source, url: str, key: str, bundle: Bundle | None = None) -> Commands:
    """Have Docker's key in its keyring, where Docker comes from Docker's repository.

    Args:
        source: the declared `docker_engine_source`.
        url: where Docker publishes its key.
        key: the pinned fingerprint.
        bundle: what the key comes from, None where it is downloaded.
    """
    if not present().from_repository(source):
        host.noop(NOT_FROM_DOCKER)
        return
    yield from apt_keyring.keyring._inner(path=KEYRING, url=url, key=key, bundle=bundle)  # noqa: SLF001


@operation()
def key_not_global(source: engine.Source, key: str, url: str) -> Commands:
    """Have Docker's key trusted for Docker's repository only, where Docker comes from it.

    Args:
        source: the declared `docker_engine_source`.
        key: the pinned fingerprint.
        url: of the repository.
    """
    with together():
        there = present()
        host.get_fact(GlobalKeyrings)  # for what follows
    if not there.from_repository(source):
        host.noop(NOT_FROM_DOCKER)
        return
    yield from apt_global_keys.not_global._inner(key=key, repositories=[url])  # noqa: SLF001


@operation()
def repository(source: engine.Source, text: str) -> Commands:
    """Have Docker's repository as a source, where Docker comes from it.

    Args:
        source: the declared `docker_engine_source`.
        text: content of the source file.
    """
    if not present().from_repository(source):
        host.noop(NOT_FROM_DOCKER)
        return
    yield from files.whole_file._inner(path=SOURCE, text=text)  # noqa: SLF001


@operation()
def packages(
    source: engine.Source,
    version: str | None,
    distribution: str,
    release: str,
    keys: dict[str, Any],
    *,
    bundle: Bundle | None = None,
) -> Commands:
    """Have the packages of the family, at the declared version.

    Packages restart the daemon. One that runs is given its configuration first, so that with live-restore among the
    declared keys running containers outlive that; one that is too old to check it has none (`engine.objection`).

    Args:
        source: the declared `docker_engine_source`.
        version: the declared `docker_engine_version`.
        distribution: `debian` or `ubuntu`.
        release: its version, `13`.
        keys: the declared keys of daemon.json.
        bundle: what packages come from, None where they come from apt's sources.
    """
    there = present()
    family = there.family(source)
    names = engine.engine_packages(family, distribution, release)
    if not names:
        host.noop("the Docker that is there belongs to no package and is kept as it is")
        return
    clashes = engine.clashing(family, there.packages)
    company = engine.GO_WITH_THEM if family == "docker" else engine.GO_WITH_DOCKER
    versions = {name: version if name in engine.PINNED else None for name in names}
    differences = [
        *apt_packages.package_differences(versions, there.packages),
        *apt_packages.superfluous(clashes, there.packages),
    ]
    if not differences:
        host.noop(f"installed as declared: {', '.join(versions)}")
        return
    order = apt_order.ordered(differences, versions, clashes, company)
    if objection := apt_order.not_in_bundle(order, there.packages, bundle):
        yield from refused(differences, objection)
        return
    yield from begin(*differences)
    files = yield from apt_order.fetched(order, bundle)
    if there.docker.running and engine.can_check(_deciding(there, thorough=False).version):
        yield from steps(_configured(keys))
        yield from steps(docker_daemon.loaded._inner())  # noqa: SLF001
    yield from apt_order.installed(order, bundle, files)


@operation()
def configuration(keys: dict[str, Any]) -> Commands:
    """Have the declared keys in daemon.json, live-restore left out in swarm mode.

    Args:
        keys: the declared keys.
    """
    yield from _configured(keys)


def _configured(keys: dict[str, Any]) -> Commands:
    """What users declare here goes before what other roles would write: those let go of it."""
    wanted = for_swarm(keys) if swarm_member(host.get_fact(DockerDaemon)) else keys
    yield from docker_daemon.configuration._inner(owner="docker_engine", keys=wanted, outranks=True)  # noqa: SLF001


@operation()
def service(source: engine.Source, distribution: str, release: str) -> Commands:
    """Have Docker's service start at boot and run.

    Args:
        source: the declared `docker_engine_source`.
        distribution: `debian` or `ubuntu`.
        release: its version, `13`.
    """
    names = engine.engine_packages(present().family(source), distribution, release)
    yield from docker_daemon.service._inner(package=names[0] if names else None)  # noqa: SLF001
