"""A containerd that runs, and with what its files say of the runtime for GPUs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import StringCommand, operation

from gpufleet.containerd.drop_in import Wish
from gpufleet.containerd.effect import cri_off
from gpufleet.containerd.state import CONFIG, DROP_IN, LOADED, outdated
from gpufleet.containerd.trial import lacking
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.containerd import Containerd
from gpufleet.finding import Difference
from gpufleet.operations.change import Commands, begin, refuse, report
from gpufleet.operations.containerd_asked import asked, no_answer
from gpufleet.operations.containerd_commands import load

if TYPE_CHECKING:
    from gpufleet.containerd.planned import Plan
    from gpufleet.containerd.state import ContainerdState

NOT_LOADED = Difference(
    kind="runtime",
    resource="containerd",
    expected="to run with what its files say of the runtime nvidia",
    observed="it has not read them since they changed",
)
STOPPED = Difference(
    kind="runtime", resource="containerd", expected="to run, as it does from the boot on", observed="it is stopped"
)


@operation()
def loaded(package: str, *, cdi: bool, default: bool) -> Commands:
    """Have containerd run, with what its files say of the runtime; one that is not started at boot need not run.

    By a restart, as containerd knows no reload: its shims keep containers alive, and dockerd finds it again. By none
    where CRI is switched off, which alone reads this.

    Args:
        package: of nvidia-ctk, which says how the runtime is set up.
        cdi: have CDI on in Kubernetes' interface (CRI).
        default: make it the default runtime there.
    """
    found = asked(package, cdi=cdi, default=default)
    state, plan = found.state, found.plan
    dump = state.dump if isinstance(state.dump, bytes) else b""
    if isinstance(plan, Objection):
        yield from refuse(**plan._replace(waits_for=plan.resource)._asdict())
    elif plan is None or not isinstance(found.wish, Wish):
        yield from no_answer(found, package)
    elif unwritten := _unwritten(plan, state):
        yield from begin(replace(NOT_LOADED, waits_for=unwritten))
        yield load(dump)
    elif not cri_off(dump) and (why := lacking(dump, found.wish)):
        way_out = f"Look in the files that {CONFIG} imports for what sets CRI up differently."
        yield from refuse("containerd", expected=f"what {DROP_IN} says", observed=why, way_out=way_out)
    elif state.stopped:
        yield from begin(STOPPED)
        yield load(dump)
    else:
        yield from _started_anew(state, dump)


@operation()
def unloaded() -> Commands:
    """Have a running containerd run without what we have taken out of its files; on other hosts nothing is asked."""
    state = host.get_fact(Containerd, remembered=True)
    if not state.loaded:
        host.noop("containerd has been given no runtime")
        return
    if isinstance(state.dump, Unreadable):  # to forget it now would leave it running with what it has
        yield from refuse(
            "containerd",
            expected="a configuration that `containerd config dump` can read",
            observed=state.dump.why,
            way_out=f"Mend {CONFIG} or a file that it imports, then apply again.",
            kind="unknown",
        )
        return
    if isinstance(state.dump, bytes):
        yield from _started_anew(state, state.dump)
        if _left_to_a_person(state, state.dump):
            return
    yield from begin(step=True)
    yield StringCommand("rm -f", LOADED)


def _started_anew(state: ContainerdState, dump: bytes) -> Commands:
    if state.running is None:
        host.noop("no containerd of the host's own runs: it reads its files when it starts")
    elif cri_off(dump) or not outdated(state):
        host.noop("containerd runs with what its files say of the runtime")
    elif _left_to_a_person(state, dump):
        yield from report(replace(NOT_LOADED, remedy="Start containerd anew; containers go on."))
    else:
        yield from begin(NOT_LOADED)
        yield load(dump)


def _left_to_a_person(state: ContainerdState, dump: bytes) -> bool:
    """Whether it is to be started anew and nothing here knows how."""
    return not state.systemd and not cri_off(dump) and outdated(state)


def _unwritten(plan: Plan, state: ContainerdState) -> str | None:
    """The file whose own operation has something to do first, as in every run before anything is changed."""
    if plan.drop_in != state.drop_in:
        return DROP_IN
    return CONFIG if plan.file != state.file else None
