"""Why a daemon.json is not written, or a daemon not restarted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gpufleet.dockerd.flags import config_file
from gpufleet.dockerd.info import swarm_active
from gpufleet.dockerd.rules import TIED_TO_CONTAINERS, changed_keys, undefined_default_runtime, wants_live_restore
from gpufleet.dockerd.state import DAEMON_JSON
from gpufleet.facts.answer import Unreadable
from gpufleet.finding import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.dockerd.daemon_json import Plan
    from gpufleet.dockerd.json_text import JsonTextError
    from gpufleet.dockerd.json_tree import Object
    from gpufleet.dockerd.state import DockerState, Running
    from gpufleet.finding import FindingClass


class Objection(NamedTuple):
    """What stands against a change; the fields are those of `gpufleet.operations.change.refuse`."""

    resource: str
    expected: str
    observed: str
    way_out: str
    kind: FindingClass = "config"
    waits_for: str | None = None

    @property
    def refusal(self) -> Difference:
        """The finding of a role that refuses a host for it."""
        return Difference(
            kind=self.kind,
            refused=True,
            resource=self.resource,
            expected=self.expected,
            observed=self.observed,
            remedy=self.way_out,
            waits_for=self.waits_for,
        )


def unreadable(path: str, error: JsonTextError | Unreadable, way_out: str) -> Objection:
    """A file that cannot be read, or that holds something else."""
    if isinstance(error, Unreadable):
        return Objection(path, "a JSON object", error.why, way_out, "unknown")
    return Objection(path, "a JSON object", str(error), way_out)


def to_writing(docker: DockerState, plan: Plan) -> Objection | None:
    """The first reason why a planned daemon.json must not be written."""
    return next(_to_writing(docker, plan), None)


def another_file(docker: DockerState) -> Objection | None:
    """Why no daemon.json is of use on a host."""
    path = config_file(docker.flags)
    if path == DAEMON_JSON:
        return None
    way_out = "Take --config-file out of dockerd's flags, and move that file's content."
    return Objection("dockerd", f"{DAEMON_JSON} to be its configuration", f"it is started to read {path}", way_out)


def _to_writing(docker: DockerState, plan: Plan) -> Iterator[Objection]:
    if other := another_file(docker):
        yield other
    for key, owner in plan.taken.items():
        way_out = "Declare it in one place only."
        name = ".".join(key)
        yield Objection(f"{DAEMON_JSON} {name}", "one role to declare it", f"{owner} declared another value", way_out)
    if runtime := undefined_default_runtime(plan.desired, docker.flags):
        way_out = f"Take default-runtime out of the file, or define runtimes.{runtime}: dockerd would not start."
        yield Objection(DAEMON_JSON, f"a runtime {runtime}, which is the default", "it is not defined", way_out)
    running = docker.running
    if running is None or isinstance(running.info, Unreadable):
        return
    if wants_live_restore(plan.desired) and swarm_active(running.info):
        way_out = "Leave live-restore off on hosts in swarm mode: dockerd would not start with both."
        yield Objection(f"{DAEMON_JSON} live-restore", "a host that is not in swarm mode", "it is in one", way_out)
    tied = [key for key in changed_keys(plan.current, plan.desired) if key in TIED_TO_CONTAINERS]
    if tied and (count := running_containers(running)):
        way_out = "Stop them first: dockerd would lose them when it starts with the new values."
        yield Objection(f"{DAEMON_JSON} {', '.join(tied)}", "no running containers", f"{count} run", way_out)


def to_loading(docker: DockerState, running: Running, content: Object) -> Objection | None:
    """Why a daemon that does not run with its file must not be reloaded or restarted."""
    if not docker.systemd and not docker.init_script:
        way_out = "Restart dockerd the way that you started it."
        return Objection(
            "dockerd", "systemd or /etc/init.d/docker to restart it", "neither is there", way_out, "runtime"
        )
    info = {} if isinstance(running.info, Unreadable) else running.info
    if wants_live_restore(content) and swarm_active(info):
        way_out = f"Take live-restore out of {DAEMON_JSON}: dockerd does not start with both."
        return Objection(f"{DAEMON_JSON} live-restore", "a host that is not in swarm mode", "it is in one", way_out)
    return None


def swarm_member(docker: DockerState) -> bool:
    """Whether the host is in a swarm: as the daemon says, and where it says nothing, as it left it on its disk."""
    if docker.running is None or isinstance(docker.running.info, Unreadable):
        return docker.swarm
    return swarm_active(docker.running.info)


def running_containers(running: Running) -> int:
    """How many containers run, as far as the daemon tells."""
    count = 0 if isinstance(running.info, Unreadable) else running.info.get("ContainersRunning")
    return count if isinstance(count, int) else 0
