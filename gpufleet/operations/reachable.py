"""Refuse a host that cannot reach an address which is needed there, before anything changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import StringCommand, operation

from gpufleet.facts.reachable import Reachable
from gpufleet.finding import Step
from gpufleet.notice import collecting
from gpufleet.operations.change import refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gpufleet.operations.change import Commands


@operation()
def reachable(url: str, settings: Sequence[str], needed: Callable[[], bool]) -> Commands:
    """Refuse the host when something from an address is needed and the address cannot be reached.

    Args:
        url: something small at that address.
        settings: the variables that name another address, like `docker_engine_repository`.
        needed: reads facts only and tells whether anything from there is still to be fetched; without need nothing is
            asked, so a converged host needs no way out.

    Yields:
        In gpufleet's own runs a command that does nothing; then the refusal, naming address, apt's reason and the
        settings.
    """
    if not needed():
        host.noop(f"nothing from {url} is needed")
        return
    if collecting():  # a check comes no further, and asks no network: what lacks is another operation's finding
        yield Step()
        yield StringCommand("true")
    trouble = host.get_fact(Reachable, url=url)
    if trouble is None:
        host.noop(f"{url} can be reached")
        return
    yield from refuse(
        url,
        expected="an address that this host can fetch from",
        observed=trouble,
        way_out=f"Set {' or '.join(settings)} to a mirror that it reaches, or give the host's apt a proxy "
        '(Acquire::http::Proxy "http://proxy:port/"; in /etc/apt/apt.conf.d/).',
    )
