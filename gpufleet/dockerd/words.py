"""What is found about Docker's daemon, as differences. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.dockerd.json_paths import differences
from gpufleet.dockerd.objections import Objection, running_containers
from gpufleet.dockerd.rules import needs_restart, wants_live_restore
from gpufleet.dockerd.state import DAEMON_JSON
from gpufleet.finding import Difference
from gpufleet.masking import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gpufleet.dockerd.daemon_json import Plan
    from gpufleet.dockerd.json_paths import KeyPath
    from gpufleet.dockerd.json_tree import Object, Tree
    from gpufleet.dockerd.service import Gap
    from gpufleet.dockerd.staleness import Stale
    from gpufleet.dockerd.state import DockerState, Running
    from gpufleet.facts.answer import Unreadable


def file_differences(docker: DockerState, planned: Plan, *, outranks: bool) -> Iterator[Difference]:
    """How daemon.json differs: one per place; of a file that is gone or empty, which is one thing, one only.

    Args:
        docker: the host.
        planned: what the file is to hold.
        outranks: this owner is the one who says that the file is gone.
    """
    since = docker.file_time if docker.file is not None else None
    remedy = "apply, then dockerd {} it" if docker.running else "apply"
    if not planned.current:
        observed = "no file" if docker.file is None else "nothing in it"
        yield Difference(
            kind="config",
            resource=DAEMON_JSON,
            expected=shown(planned.desired),
            observed=observed,
            remedy=remedy.format("reads"),
            since=since,
            waits_for=None if outranks else DAEMON_JSON,
        )
        return
    hard = needs_restart(planned.current, planned.desired)
    for path, old, new in differences(planned.current, planned.desired):
        yield Difference(
            kind="config",
            resource=DAEMON_JSON,
            expected=_place(path, new),
            observed=_place(path, old),
            remedy=remedy.format("restarts with" if path[0] in hard else "reloads"),
            since=since,
        )


def _place(path: KeyPath, value: Tree | None) -> str:
    name = ".".join(path)
    return f"no {name}" if value is None else f"{name}: {shown(value, path[-1])}"


def stale_differences(found: Sequence[Stale], running: Running, content: Object) -> Iterator[Difference]:
    """A daemon that does not run with what its host holds for it.

    Args:
        found: why, a finding each; one restart is enough for all.
        running: the daemon.
        content: what daemon.json holds.
    """
    remedy = "apply: a reload"
    if restart := "; ".join(each.restart for each in found if each.restart):
        count = running_containers(running)
        fate = "go on" if wants_live_restore(content) else "are stopped"
        remedy = f"apply: dockerd restarts ({restart})" + (f", {count} running containers {fate}" if count else "")
    for each in found:
        yield Difference(
            kind="runtime",
            resource="dockerd",
            expected="what this host holds for it",
            observed=each.why,
            remedy=remedy,
            since=each.since,
            waits_for=each.waits_for,
        )


def service_difference(docker: DockerState, gap: Gap, package: str | None) -> Difference:
    """Something about Docker's service.

    Args:
        docker: the host.
        gap: what.
        package: of dockerd; while it is not installed, that is all there is to say.
    """
    return Difference(
        kind=gap.kind,
        resource=gap.unit,
        expected=gap.expected,
        observed=gap.observed,
        remedy=gap.how if gap.mending == "person" else "apply",
        since=gap.since,
        waits_for=package if docker.program is None else None,
    )


def silent(running: Running, info: Unreadable, *, again: bool) -> Objection:
    """A daemon that runs and does not answer.

    Args:
        running: the daemon.
        info: why not.
        again: an earlier operation has said so.
    """
    way_out = f"Look at dockerd (process {running.pid}); a restart of it may end running containers."
    return Objection("dockerd", "an answer", info.why, way_out, "unknown", "dockerd" if again else None)
