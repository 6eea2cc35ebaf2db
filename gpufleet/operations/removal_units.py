"""Units of ours that go, and CDI specifications."""

from __future__ import annotations

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.cdi.state import SPEC
from gpufleet.facts.files import FileContent
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.operations import units
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.removal import Unless, going, stays
from gpufleet.operations.removal_words import removing


@operation()
def unit_removed(unit: str, unless: Unless) -> Commands:
    """Have no such unit of ours.

    Args:
        unit: its name, which only gpufleet uses.
        unless: why it stays.
    """
    if not (yield from stays(unless)):
        yield from removing(units.absent._inner(unit=unit))  # noqa: SLF001


@operation()
def specification_removed(script: str, unless: Unless) -> Commands:
    """Have no CDI specification that apply, or our program at boot, has written.

    The same file is also written by NVIDIA's own nvidia-cdi-refresh.service. One that was there before us stays as it
    is now: an older one would name files of an older driver.

    Args:
        script: path of our program.
        unless: why it stays.
    """
    if (yield from stays(unless)):
        return
    with together():
        program, found = host.get_fact(FileContent, path=script), host.get_fact(FileContent, path=SPEC)
        made = host.get_fact(Remembered)
    ours = SPEC in made.files or (program is not None and SPEC not in made.before)
    if found is None or not ours:
        host.noop(f"there is no {SPEC} of gpufleet's")
        return
    yield from begin(going(SPEC))
    yield StringCommand("rm -f --", QuoteString(SPEC))
