"""The CDI specification of a host's GPUs.

It is for one version of the driver and names its files one by one: with an outdated one no container gets a GPU.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.cdi.state import SPEC, CdiState, Driver, outdated_statics, statics
from gpufleet.facts.cdi import CdiSpecifications
from gpufleet.facts.files import FileContent
from gpufleet.facts.together import together
from gpufleet.finding import Difference
from gpufleet.operations.before import kept_before
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.scripts import run
from gpufleet.state import BACKUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

CANDIDATE = f"{SPEC}.gpufleet"
"""Written first and checked; by its name no reader of specifications takes it for one."""


@operation()
def specification(package: str) -> Commands:
    """Have a CDI specification that fits the driver and the GPUs of the host, where a driver runs.

    nvidia-ctk writes it into a file beside; it takes the old one's place only when it fits. Specifications of GPUs
    in /etc/cdi, which older articles put there, stay as long as they fit, and go into the backup when they don't.

    Args:
        package: whose programs make specifications and stand in them: without it none can be judged.
    """
    found = host.get_fact(CdiSpecifications)
    if not isinstance(found.driver, Driver):
        why = f"NVIDIA's driver does not answer: {found.driver.why}" if found.driver else "no NVIDIA driver runs here"
        host.noop(f"no CDI specification is made: {why}")
        return
    trouble, outdated = found.trouble(SPEC), outdated_statics(found)
    if trouble is None and not outdated:
        others = f"; beside it there is {', '.join(statics(found))}" if statics(found) else ""
        host.noop(f"{SPEC} fits {found.driver}{others}")
        return
    waits_for = None if found.generator else package
    yield from begin(*(replace(each, waits_for=waits_for) for each in _differences(found.driver, trouble, outdated)))
    if trouble:
        yield from _replaced()
    for path in outdated:
        quoted = QuoteString(path)
        yield StringCommand(f"mkdir -p {BACKUPS} && cp -pL --backup=numbered", quoted, f"{BACKUPS}/ && rm -f", quoted)


@operation()
def absent(script: str) -> Commands:
    """Have neither a program of ours that describes the GPUs nor the specification that it made.

    The same file is also written by NVIDIA's own nvidia-cdi-refresh.service: it is ours while our program is there,
    which therefore goes last.

    Args:
        script: path of that program.
    """
    with together():
        program, made = host.get_fact(FileContent, path=script), host.get_fact(FileContent, path=SPEC)
    if program is None:
        host.noop(f"there is no {script}: {SPEC} is not ours")
        return
    paths = [path for path in (SPEC if made else None, script) if path]
    yield from begin(*(Difference(kind="config", resource=path, expected="absent", observed="there") for path in paths))
    yield StringCommand("rm -f --", QuoteString(SPEC), "&& rm -f --", QuoteString(script))


def _differences(driver: Driver, trouble: str | None, outdated: Mapping[str, str]) -> list[Difference]:
    fitting = f"a specification for {driver}"
    own = [Difference(kind="runtime", resource=SPEC, expected=fitting, observed=trouble)] if trouble else []
    return own + [
        Difference(kind="unmanaged", resource=path, expected="none that does not fit", observed=why)
        for path, why in outdated.items()
    ]


def _replaced() -> Commands:
    yield run("cdi-generate.sh", arguments=[CANDIDATE])
    made: CdiState = host.get_fact(CdiSpecifications, also=CANDIDATE)
    if trouble := made.trouble(CANDIDATE):
        yield StringCommand("rm -f", CANDIDATE)
        way_out = "Run `nvidia-ctk --debug cdi generate` on the host, which says what it looked for."
        expected = "a specification that fits the driver"
        yield from refuse("nvidia-ctk cdi generate", expected=expected, observed=trouble, way_out=way_out)
        return
    yield kept_before(SPEC, "&& sync", CANDIDATE, "&& mv -f", CANDIDATE, SPEC)
