"""Sandboxes that go, and containers of other people that keep the NVIDIA Container Toolkit, or Docker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.every_container import EveryContainer
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.finding import Difference
from gpufleet.operations.change import Commands, refuse, report
from gpufleet.operations.container_removal import Fate, gone
from gpufleet.operations.removal import stays
from gpufleet.operations.removal_staying import look, ours, staying

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.facts.every_container import AnyContainer
    from gpufleet.operations.removal import Unless

REMOVED = Fate(
    verb="remove",
    kind="config",
    expected="absent",
    consent="remove with --containers, or set sandbox_remove: true (its workspace stays)",
    use_first=True,
)


@operation()
def sandboxes_removed(*, consent: bool) -> Commands:
    """Remove the sandboxes, unless they are in use. Their workspaces, mounts and volumes stay.

    Args:
        consent: somebody has said that they may go.
    """
    with together():
        found, made = look(), host.get_fact(Remembered)
    if isinstance(found, Unreadable):
        yield from _unanswered(found, known=made.state)
        return
    yield from gone(found, ours(found), REMOVED, consented=consent, without="there is no sandbox")


@operation()
def gpu_containers_reported() -> Commands:
    """Say which containers of other people keep the NVIDIA Container Toolkit where it is."""
    with together():
        made, found, every = host.get_fact(Remembered), look(), host.get_fact(EveryContainer)
    if not made.state or isinstance(every, Unreadable) or isinstance(found, Unreadable):
        host.noop("nothing is known of containers that need it")
        return
    own = {each.name for each in ours(found)}
    left = [each for each in every if each.wants_gpus and each.name not in own]
    if not left:
        host.noop("nobody else's container needs it")
        return
    yield from report(*map(_needs_gpus, left))


@operation()
def containers_reported(unless: Unless, waits: Unless, keep: str, *, consent: bool) -> Commands:
    """Say which containers keep a Docker on the host that would go without them.

    Args:
        unless: why nothing goes.
        waits: why Docker does not go yet, where that is because of containers.
        keep: the setting by which Docker stays for good.
        consent: sandboxes that nobody uses go, or have gone.
    """
    if (yield from stays(unless)):
        return
    left = staying(consent=consent) if isinstance(waits(), str) else []
    if isinstance(left, Unreadable) or not left:
        host.noop("no container keeps Docker")
        return
    yield from report(keeps_docker(left, keep))


def keeps_docker(left: Sequence[AnyContainer], keep: str) -> Difference:
    """What a person has to decide about, where containers keep Docker. Pure.

    Args:
        left: the containers.
        keep: see `containers_reported`.
    """
    names = " ".join(each.name for each in left if not each.service)
    services = " ".join(dict.fromkeys(each.service for each in left if each.service))
    commands = [f"`docker rm -f {names}`"] * bool(names) + [f"`docker service rm {services}`"] * bool(services)
    return Difference(
        kind="pending",
        resource="Docker",
        expected="not installed",
        observed=f"there for containers: {', '.join(f'{each.name} ({each.status})' for each in left)}",
        remedy=f"if they may go {' and '.join(commands)}, if Docker is to stay with them set {keep}: then remove again",
    )


def _needs_gpus(found: AnyContainer) -> Difference:
    move = f"move what it does or remove it (`docker rm -f {found.name}`)"
    anew = f"have its service make it anew (`docker service update --force {found.service}`)"
    return Difference(
        kind="pending",
        resource=f"container {found.name}",
        expected="none that needs the NVIDIA Container Toolkit",
        observed="made with GPUs",
        remedy=f"{anew if found.service else move}, then remove again",
    )


def _unanswered(answer: Unreadable, *, known: bool) -> Commands:
    if not known:
        host.noop(f"gpufleet remembers nothing of this host ({answer.why})")
    elif answer.stopped and host.get_fact(EveryContainer) == ():
        host.noop("there is no Docker any more")
    else:
        way_out = "Have Docker running (`systemctl start docker`), then remove again."
        yield from refuse("sandboxes", expected="an answer", observed=answer.why, way_out=way_out, kind="unknown")
