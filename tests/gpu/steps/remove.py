"""Take everything back: the host is as before the trial, but for what was said."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gpufleet.containers.model import SANDBOX_LABEL
from tests.gpu import seen
from tests.gpu.before import LOOK, by_reason, named_packages, said
from tests.gpu.host import TrialError
from tests.gpu.record import Check, Findings
from tests.gpu.steps.provision import BARE
from tests.gpu.trial import SANDBOXES

if TYPE_CHECKING:
    from tests.gpu.host import Host
    from tests.gpu.trial import Trial

WORKSPACES = (
    f"docker ps -aq --filter label={SANDBOX_LABEL} | xargs -r docker inspect "
    "--format '{{range .Mounts}}{{if .RW}}{{.Source}}{{\"\\n\"}}{{end}}{{end}}' | sort -u | grep ."
)
KEPT = "gpufleet-trial-kept"
"""A file that lies in each workspace while everything around it goes."""


def taken_back(trial: Trial) -> Findings:
    """Everything goes but what is said; workspaces stay, and the second time there is nothing to do."""
    if not trial.before.exists():
        raise TrialError("the host was not bare when the trial began: there is nothing to hold it against")
    host, there = trial.host, seen.uuids(trial.host)
    workspaces = host.tell(WORKSPACES).splitlines()
    host.tell(_each(workspaces, "echo kept >"))
    done = trial.gpufleet("remove", "--yes", "--containers")
    again = trial.gpufleet("remove", "--yes", "--containers")
    kept = host.ask(_each(workspaces, "grep -qx kept "))
    notices: list[str] = done.host.get("notices", [])
    found = said(
        trial.before.read_text(encoding="utf-8").splitlines(),
        host.tell(LOOK).splitlines(),
        notices,
        _owned(host, notices),
    )
    unsaid = [line for line, reason in found.items() if reason is None]
    checks = [
        Check("remove ends with 0", done.status == 0, done.why),
        Check("a second remove ends with 0 and changes nothing", again.status == 0 and not again.mended, again.why),
        Check("no Docker, no toolkit and no memory of them is left", host.ask(BARE)[0] == 0),
        Check("/etc, packages and groups differ in nothing that was not said", not unsaid, "; ".join(unsaid)[:2000]),
        Check("workspaces stay, with what lies in them", bool(workspaces) and kept[0] == 0, kept[1]),
        Check("the host's own nvidia-smi lists its GPUs", bool(there) and seen.uuids(host) == there),
    ]
    _leave(host, workspaces)
    figures = {"remove": done.figures, "again": again.figures, "notices": notices, "differs": by_reason(found)}
    return Findings(checks, {**figures, "workspaces": workspaces})


def _each(workspaces: list[str], command: str) -> str:
    """One command for the kept file of each workspace."""
    return " && ".join(f"{command}{shlex.quote(f'{folder}/{KEPT}')}" for folder in workspaces) or "true"


def _owned(host: Host, notices: list[str]) -> set[str]:
    names = named_packages(notices)
    return set(host.ask(f"dpkg -L {shlex.join(names)} 2>/dev/null | grep ^/etc")[1].splitlines()) if names else set()


def _leave(host: Host, workspaces: list[str]) -> None:
    """The trial's own workspaces go; those of declared sandboxes stay, without its file."""
    host.ask(_each(workspaces, "rm -f "))
    for folder in workspaces:
        if folder.rpartition("/")[2] in SANDBOXES:
            host.ask(f"rm -rf {shlex.quote(folder)}")
