"""Alternatives that apply has chosen, as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.facts.alternatives import Alternative
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.made import AUTO
from gpufleet.notice import notice
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.removal import Unless, going, stays

if TYPE_CHECKING:
    from gpufleet.made import Made


@operation()
def alternative_given_back(alternative: str, unless: Unless, needed: Unless) -> Commands:
    """Have an alternative chosen as it was before us; one that somebody has chosen since stays.

    Args:
        alternative: its name, as `iptables`.
        unless: why it is left as it is.
        needed: why the present choice is needed further on, which is then said.
    """
    if (yield from stays(unless)):
        return
    with together():
        made: Made = host.get_fact(Remembered)
        found = host.get_fact(Alternative, alternative=alternative)
    former = made.chosen(alternative, found)
    if former is None:
        host.noop(f"gpufleet has not chosen what {alternative} is")
        return
    if (yield from stays(needed)):
        way_out = f"`update-alternatives --{former} {alternative}`" if former == AUTO else f"it was {former}"
        notice(f"{alternative} stays {found} ({needed()}); as it was before apply: {way_out}.")
        return
    name = QuoteString(alternative)
    by_itself = StringCommand("update-alternatives --auto", name)
    yield from begin(going(f"alternative {alternative}", f"{found}", "chosen by itself" if former == AUTO else former))
    if former == AUTO:
        yield by_itself
    else:  # which may be gone by now
        yield StringCommand("update-alternatives --set", name, QuoteString(former), "||", by_itself)
