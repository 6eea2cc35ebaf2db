"""A runtime for GPUs in containerd's configuration.

A file of ours beside config.toml says it, and config.toml imports that file by one line: nvidia-ctk, let loose on it,
writes config.toml anew without its comments. What is to be written is tried first, by `containerd config dump`, which
has to show what is declared and all that it showed before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import StringCommand, operation

from gpufleet.containerd.access import CLOSED, ROOT, access
from gpufleet.containerd.drop_in import Wish
from gpufleet.containerd.effect import cri_off
from gpufleet.containerd.state import CONFIG, DROP_IN
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.files import FileContent, FileState
from gpufleet.finding import Difference
from gpufleet.notice import notice
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.containerd_asked import asked, no_answer
from gpufleet.operations.containerd_commands import difference, remembered, tried_and_written

if TYPE_CHECKING:
    from gpufleet.containerd.state import ContainerdState

WITHOUT_CRI = (
    "containerd's configuration has the runtime nvidia for Kubernetes and crictl, whose interface (CRI) it switches "
    "off by disabled_plugins, as Docker delivers it; `ctr` and `nerdctl` need neither"
)


@operation()
def runtime(package: str, *, cdi: bool, default: bool) -> Commands:
    """Have the file that gives containerd the runtime `nvidia`.

    Args:
        package: of nvidia-ctk, which says how the runtime is set up.
        cdi: have CDI on in Kubernetes' interface (CRI).
        default: make it the default runtime there.
    """
    found = asked(package, cdi=cdi, default=default)
    if isinstance(found.plan, Objection):
        yield from refuse(**found.plan._asdict())
    elif found.plan is None or not isinstance(found.wish, Wish):
        yield from no_answer(found, package)
    elif found.plan.drop_in == found.state.drop_in and (differs := _too_open(found.state)):
        yield from begin(differs)
        yield from remembered(found.state)
        yield StringCommand(f"chmod {CLOSED}", DROP_IN, f"&& chown {ROOT}", DROP_IN)
    elif found.plan.drop_in == found.state.drop_in:
        if isinstance(found.state.dump, bytes) and cri_off(found.state.dump):
            notice(WITHOUT_CRI)
        host.noop(f"{DROP_IN} is as declared")
    else:
        yield from begin(difference(DROP_IN, found.state.drop_in, found.plan.drop_in))
        yield from tried_and_written(found.state, found.plan, found.wish, DROP_IN, found.plan.drop_in)


@operation()
def imported(package: str, *, cdi: bool, default: bool) -> Commands:
    """Have config.toml import that file; every other byte of it stays as it is.

    Args:
        package: see `runtime`.
        cdi: see `runtime`.
        default: see `runtime`.
    """
    found = asked(package, cdi=cdi, default=default)
    if isinstance(found.plan, Objection):
        yield from refuse(**found.plan._replace(waits_for=found.plan.resource)._asdict())
    elif found.plan is None or not isinstance(found.wish, Wish):
        yield from no_answer(found, package)
    elif found.plan.file == found.state.file:
        host.noop(f"{CONFIG} imports {DROP_IN}")
    else:
        observed = "no file" if found.state.file is None else "it does not"
        differs = difference(CONFIG, found.state.file, found.plan.file)
        yield from begin(replace(differs, expected=f"to import {DROP_IN}", observed=observed))
        yield from tried_and_written(found.state, found.plan, found.wish, CONFIG, found.plan.file)


def _too_open(state: ContainerdState) -> Difference | None:
    """How our file lets more people read what it repeats than the user's own do, if it does."""
    found = host.get_fact(FileContent, path=DROP_IN) if state.closed else None
    if not isinstance(found, FileState) or access(found, closed=True) == (found.mode, found.owner):
        return None
    return Difference(
        kind="config",
        resource=DROP_IN,
        expected=f"mode {CLOSED}, owner {ROOT}, as not everybody may read the files that it repeats",
        observed=f"mode {found.mode}, owner {found.owner}",
        since=found.changed,
    )
