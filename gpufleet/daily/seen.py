"""Reads what a job must know of a host, in one round trip and without asking anybody for a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyinfra.context import ctx_host

from gpufleet.become import foreseen
from gpufleet.daily.declared import Seen
from gpufleet.daily.errors import DailyError
from gpufleet.facts.access import AccessFacts
from gpufleet.facts.files import FileContent
from gpufleet.facts.images import Images
from gpufleet.facts.platform import PlatformFacts
from gpufleet.facts.together import expect
from gpufleet.operations.image_commands import REMEMBERED
from gpufleet.platform import RootAccess
from gpufleet.run.asking import LostError
from gpufleet.run.connect import connect
from gpufleet.run.no_connection import explain
from gpufleet.run.reading import BatchedConnector

if TYPE_CHECKING:
    from pyinfra.api import Host

    from gpufleet.platform import Access

ASKED: tuple[tuple[Any, dict[str, object]], ...] = (
    (PlatformFacts, {}),
    (Images, {}),
    (FileContent, {"path": REMEMBERED}),
)


def connected(host: Host) -> None:
    """Connect to a host, with its facts batched.

    Raises:
        DailyError: it cannot be reached; the message says why.
    """
    try:
        connect(host)
    except Exception as error:
        why, way_out = explain(host, error)
        raise DailyError(f"{host.name}: {why}" + (f"; {way_out}" if way_out else "")) from error
    host.connector = BatchedConnector(host)  # type: ignore[assignment]


def access(host: Host) -> Access:
    """Who connects to a host, which is connected.

    Raises:
        DailyError: it does not answer any more.
    """
    with ctx_host.use(host):
        found: Access = _fact(host, AccessFacts, {}, {"_sudo": False})
    if found.uid < 0:
        raise DailyError(f"{host.name}: it could not be asked who connects")
    return found


def seen(host: Host) -> Seen:
    """What a host is, which is connected. Root reads where that costs no password, else who connects does.

    Raises:
        DailyError: it does not answer any more.
    """
    with ctx_host.use(host):
        expect(*ASKED)
        who = access(host)
        free = who.root_access in {RootAccess.ROOT, RootAccess.SUDO} and host.data.get("_sudo") is not False
        rights: dict[str, Any] = dict(foreseen()) if free else {"_sudo": False}
        platform, images, remembered = (_fact(host, fact, arguments, rights) for fact, arguments in ASKED)
    return Seen(platform=platform, access=who, images=images, remembered=remembered)


def _fact(host: Host, fact: Any, arguments: dict[str, object], rights: dict[str, Any]) -> Any:  # noqa: ANN401
    connector: Any = host.connector
    try:
        with connector.reads():
            return host.get_fact(fact, **arguments, **rights)
    except LostError as error:
        raise DailyError(f"{host.name}: {error}") from error
