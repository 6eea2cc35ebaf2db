"""How a container differs from what is declared, as findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.containers.model import PREVIOUS
from gpufleet.containers.plan import removed_mounts
from gpufleet.containers.words import contents, replaced
from gpufleet.finding import Difference
from gpufleet.operations.container_commands import there, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.inspected import Observed
    from gpufleet.containers.plan import Plan
    from gpufleet.containers.words import Volume


def not_running(resource: str, current: Observed) -> Difference:
    """One that cannot start for want of a folder waits for that one."""
    sources = [mount.source for mount in current.container.mounts]
    found = there(sources)
    return Difference(
        kind="runtime",
        resource=resource,
        expected="running",
        observed=current.status,
        since=current.finished_at if current.status == "exited" else None,
        waits_for=next((source for source in sources if source not in found), None),
    )


def removed(name: str, planned: Plan, current: Observed) -> list[Difference]:
    """That the host no longer has there what is mounted. One that is missing still is to be made first."""
    uses = "; ".join(planned.uses)
    remedy = f"it is in use ({uses}): end that, then apply again, or run `docker restart {name}`"
    return [
        Difference(
            kind="pending" if planned.uses else "runtime",
            resource=f"container {name}: {mount.target}",
            expected=f"{mount.source} of this host",
            observed="a folder or file that was removed from there or moved away",
            remedy=remedy if planned.uses else "apply: it is restarted",
            waits_for=mount.source,
        )
        for mount in removed_mounts(current)
    ]


def waiting(name: str, planned: Plan) -> Difference:
    """It has to be made anew, and is in use."""
    return Difference(
        kind="pending",
        resource=f"container {name}",
        expected="as declared",
        observed=contents(planned.gaps),
        since=planned.current.created_at if planned.current else None,
        remedy=f"it is in use ({'; '.join(planned.uses)}), so it was not replaced: end that or run "
        f"`docker stop {name}`, then apply again",
    )


def made_anew(name: str, planned: Plan, handed: Sequence[Volume], left: Sequence[Volume]) -> list[Difference]:
    """One finding for each gap, or that it is absent; the first says what is lost with it."""
    if planned.current is None:
        return [Difference(kind="config", resource=f"container {name}", expected="running", observed="absent")]
    goes = replaced(written(planned.current), handed, left)
    return [
        Difference(
            kind="config",
            resource=f"container {name}: {gap.what}",
            expected=gap.expected,
            observed=gap.observed,
            remedy="apply" if number else f"apply: {goes}",
            since=planned.current.created_at,
        )
        for number, gap in enumerate(planned.gaps)
    ]


def unfinished(name: str, planned: Plan) -> Difference:
    """A swap that was cut off."""
    expected = f"one container for {name}"
    observed = f"{name}{PREVIOUS} as well: a run that replaced it was cut off"
    what = "it comes back" if planned.settle == "restore" else "it goes, since the new one runs"
    if planned.dropped:
        kept = planned.current.volumes if planned.current else ()
        left = [volume for volume in planned.dropped.volumes if volume not in kept]
        what += f", and the new one, which has run, goes: {replaced(written(planned.dropped), left=left)}"
    return Difference(
        kind="runtime", resource=f"container {name}", expected=expected, observed=observed, remedy=f"apply: {what}"
    )
