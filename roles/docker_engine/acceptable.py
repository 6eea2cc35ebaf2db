"""A host whose Docker can neither be kept nor be replaced is refused, before anything changes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.dockerd.objections import Objection
from gpufleet.facts.apt import AptCandidates
from gpufleet.facts.together import together
from gpufleet.facts.users import UserGroups
from gpufleet.finding import Step
from gpufleet.operations import docker_daemon
from gpufleet.operations.bundle import manifest_of
from gpufleet.operations.change import Commands, refuse
from gpufleet.operations.scripts import run
from gpufleet.operations.users import refuse_missing, refuse_unread, unreadable
from roles.docker_engine.families import clashing, installed_family
from roles.docker_engine.objection import objection
from roles.docker_engine.present import deciding, present

if TYPE_CHECKING:
    from gpufleet.bundle.chosen import Bundle
    from roles.docker_engine.settings import DockerEngineSettings

DEBIANS = "docker.io"


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
    installed = installed_family(there.packages, None)
    if there.family(settings.source) == "distribution" != installed:
        candidate = _bundled(bundle) if bundle else host.get_fact(AptCandidates, packages=[DEBIANS]).get(DEBIANS)
        if candidate is None and bundle is None:  # the lists may never have been fetched
            yield Step()
            yield run("apt.sh", "apt-update.sh")
            candidate = host.get_fact(AptCandidates, packages=[DEBIANS]).get(DEBIANS)
    clashes = clashing(there.family(settings.source), there.packages)
    if found := objection(settings, deciding(there, thorough=bool(clashes)), candidate):
        yield from refuse("Docker Engine", **asdict(found))
    elif there.docker.program is None and (broken := docker_daemon.broken_file(there.docker)):
        yield from refuse(**broken._asdict())  # before a daemon is installed that would stumble over it
    elif unread := unreadable(groups):
        yield from refuse_unread(*unread, "docker")
    elif missing := [name for name, known in groups.items() if known is None]:
        yield from refuse_missing(missing[0], "docker")
    else:
        host.noop("nothing is in the way of what is declared")


def _bundled(bundle: Bundle) -> str | None:
    """The version of docker.io in a bundle; what keeps that from being read is told where it is to be installed."""
    manifest = manifest_of(bundle)
    packages = () if isinstance(manifest, Objection) else manifest.packages
    return next((each.version for each in packages if each.name == DEBIANS), None)
