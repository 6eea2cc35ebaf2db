"""A runtime for GPUs in containerd's configuration, and a containerd that runs with it.

A file of ours beside config.toml says it, and config.toml imports that file by one line: nvidia-ctk, let loose on it,
writes config.toml anew without its comments. What is to be written is tried first, by `containerd config dump`, which
has to show what is declared and all that it showed before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pyinfra import host
from pyinfra.api import StringCommand, operation

from gpufleet.containerd.drop_in import Wish
from gpufleet.containerd.effect import cri_off
from gpufleet.containerd.planned import planned
from gpufleet.containerd.state import CONFIG, DROP_IN, LOADED, outdated
from gpufleet.containerd.trial import lacking
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.apt import AptPackages, Package
from gpufleet.facts.containerd import Containerd, ContainerdRuntime
from gpufleet.facts.together import together
from gpufleet.finding import Difference
from gpufleet.notice import notice
from gpufleet.operations.change import Commands, begin, refuse, report
from gpufleet.operations.containerd_commands import TRIED, difference, load, tried_and_written

if TYPE_CHECKING:
    from gpufleet.containerd.planned import Plan
    from gpufleet.containerd.state import ContainerdState

WITHOUT_CRI = (
    "containerd's configuration has the runtime nvidia for Kubernetes and crictl, whose interface (CRI) it switches "
    "off by disabled_plugins, as Docker delivers it; `ctr` and `nerdctl` need neither"
)
NOT_LOADED = Difference(
    kind="runtime",
    resource="containerd",
    expected="to run with what its files say of the runtime nvidia",
    observed="it has not read them since they changed",
)


class Asked(NamedTuple):
    """What a host holds and what is declared for it."""

    state: ContainerdState
    wish: Wish | Unreadable | None
    plan: Plan | Objection | None
    missing: str | None
    """The program that is not there yet, as its package is to be installed before."""


@operation()
def runtime(package: str, *, cdi: bool, default: bool) -> Commands:
    """Have the file that gives containerd the runtime `nvidia`.

    Args:
        package: of nvidia-ctk, which says how the runtime is set up.
        cdi: have CDI on in Kubernetes' interface (CRI).
        default: make it the default runtime there.
    """
    asked = _asked(package, cdi=cdi, default=default)
    if isinstance(asked.plan, Objection):
        yield from refuse(**asked.plan._asdict())
    elif asked.plan is None or not isinstance(asked.wish, Wish):
        yield from _no_answer(asked, package)
    elif asked.plan.drop_in == asked.state.drop_in:
        if isinstance(asked.state.dump, bytes) and cri_off(asked.state.dump):
            notice(WITHOUT_CRI)
        host.noop(f"{DROP_IN} is as declared")
    else:
        yield from begin(difference(DROP_IN, asked.state.drop_in, asked.plan.drop_in))
        yield from tried_and_written(asked.state, asked.plan, asked.wish, DROP_IN, asked.plan.drop_in)


@operation()
def imported(package: str, *, cdi: bool, default: bool) -> Commands:
    """Have config.toml import that file; every other byte of it stays as it is.

    Args:
        package: see `runtime`.
        cdi: see `runtime`.
        default: see `runtime`.
    """
    asked = _asked(package, cdi=cdi, default=default)
    if isinstance(asked.plan, Objection):
        yield from refuse(**asked.plan._replace(waits_for=asked.plan.resource)._asdict())
    elif asked.plan is None or not isinstance(asked.wish, Wish):
        yield from _no_answer(asked, package)
    elif asked.plan.file == asked.state.file:
        host.noop(f"{CONFIG} imports {DROP_IN}")
    else:
        found = difference(CONFIG, asked.state.file, asked.plan.file)
        yield from begin(
            replace(
                found,
                expected=f"to import {DROP_IN}",
                observed="no file" if asked.state.file is None else "it does not",
            )
        )
        yield from tried_and_written(asked.state, asked.plan, asked.wish, CONFIG, asked.plan.file)


@operation()
def loaded(package: str, *, cdi: bool, default: bool) -> Commands:
    """Have a running containerd run with what its files say of the runtime.

    By a restart, as containerd knows no reload: its shims keep containers alive, and dockerd finds it again. By none
    where CRI is switched off, which alone reads this.

    Args:
        package: see `runtime`.
        cdi: see `runtime`.
        default: see `runtime`.
    """
    asked = _asked(package, cdi=cdi, default=default)
    state, dump = asked.state, asked.state.dump
    if isinstance(asked.plan, Objection):
        yield from refuse(**asked.plan._replace(waits_for=asked.plan.resource)._asdict())
    elif asked.plan is None or not isinstance(asked.wish, Wish) or not isinstance(dump, bytes):
        yield from _no_answer(asked, package)
    elif unwritten := _unwritten(asked.plan, state):
        yield from begin(replace(NOT_LOADED, waits_for=unwritten))
        yield load(dump)
    elif not cri_off(dump) and (why := lacking(dump, asked.wish)):
        way_out = f"Look in the files that {CONFIG} imports for what sets CRI up differently."
        yield from refuse("containerd", expected=f"what {DROP_IN} says", observed=why, way_out=way_out)
    else:
        yield from _started_anew(state, dump)


@operation()
def unloaded() -> Commands:
    """Have a running containerd run without what we have taken out of its files; on other hosts nothing is asked."""
    state = host.get_fact(Containerd, remembered=True)
    if not state.loaded:
        host.noop("containerd has been given no runtime")
        return
    if isinstance(state.dump, bytes):
        yield from _started_anew(state, state.dump)
    yield from begin(step=True)
    yield StringCommand("rm -f", LOADED)


def _started_anew(state: ContainerdState, dump: bytes) -> Commands:
    if state.running is None:
        host.noop("no containerd of the host's own runs: it reads its files when it starts")
    elif cri_off(dump) or not outdated(state):
        host.noop("containerd runs with what its files say of the runtime")
    elif not state.systemd:
        yield from report(replace(NOT_LOADED, remedy="Start containerd anew; containers go on."))
    else:
        yield from begin(NOT_LOADED)
        yield load(dump)


def _asked(package: str, *, cdi: bool, default: bool) -> Asked:
    with together():
        entry, state = host.get_fact(ContainerdRuntime), host.get_fact(Containerd)
        found = host.get_fact(AptPackages, packages=[package])
    if entry is None and not found.get(package, Package()).version:
        return Asked(state, None, None, "nvidia-ctk")
    if state.version is None and not isinstance(state.file, Unreadable):
        return Asked(state, None, None, "containerd")
    if not isinstance(entry, dict):
        return Asked(state, entry, None, None)
    wish = Wish(entry, cdi, default)
    return Asked(state, wish, planned(state, wish, TRIED), None)


def _unwritten(plan: Plan, state: ContainerdState) -> str | None:
    """The file whose own operation has something to do first, as in every run before anything is changed."""
    if plan.drop_in != state.drop_in:
        return DROP_IN
    return CONFIG if plan.file != state.file else None


def _no_answer(asked: Asked, package: str) -> Commands:
    """A program whose package comes first, and is missed itself; or nvidia-ctk, which does not work."""
    if asked.missing:
        yield from begin(step=True)
        yield StringCommand(asked.missing, "--version")
        return
    yield from refuse(
        package,
        expected="its nvidia-ctk, with a runtime for containerd",
        observed=asked.wish.why if isinstance(asked.wish, Unreadable) else "the program is not there",
        way_out=f"Install the package anew: `apt-get install --reinstall {package}`.",
        kind="unknown" if isinstance(asked.wish, Unreadable) else "config",
    )
