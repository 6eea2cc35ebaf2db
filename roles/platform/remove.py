"""What the role platform has against a removal: only that nobody may change the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import deploy

from gpufleet.become import obstacle
from gpufleet.facts.access import AccessFacts
from roles.platform.deploy import fit, seen
from roles.platform.verdict import root_refusals, unusable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from gpufleet.become import Root
    from gpufleet.finding import Difference
    from gpufleet.settings import RoleSettings


def removable(models: Sequence[type[RoleSettings]], **root: Unpack[Root]) -> bool:
    """Whether something can be removed from the current host; one from which nothing can fails at this role.

    Args:
        models: the settings of all roles.
        root: pyinfra's global arguments with which its deploys run (`gpufleet.become.escalation`).
    """
    access = host.get_fact(AccessFacts, _sudo=False)
    refused = [*unusable(host.data.dict(), models), *([] if root.get("_sudo") else root_refusals(access, obstacle()))]
    _judge(refused=refused, **root)
    return not refused


@deploy("Platform")
def _judge(refused: list[Difference]) -> None:
    fit(name="Make sure that this host can be changed", refused=seen(refused))
