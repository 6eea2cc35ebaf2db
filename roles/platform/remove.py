"""What the role platform has against a removal, only that nobody may change the host, and what it takes back itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import StringCommand, deploy, operation

from gpufleet.become import obstacle
from gpufleet.facts.access import AccessFacts
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.files import write_file
from gpufleet.operations.removal import going, stays
from gpufleet.operations.removal_files import file_given_back
from gpufleet.settings import load
from roles.platform.deploy import fit
from roles.platform.settings import PlatformSettings
from roles.platform.verdict import root_refusals, unusable
from roles.platform.wsl import CONF
from roles.platform.wsl_boot import SCRIPT, given_back

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from gpufleet.become import Root
    from gpufleet.finding import Difference
    from gpufleet.operations.removal import Unless
    from gpufleet.settings import RoleSettings
    from roles.platform.wsl_boot import Boot


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
def wsl_removed(unless: Unless) -> None:
    """Have a WSL distribution start as it did before.

    Args:
        unless: why it is left as it is.
    """
    boot = load(PlatformSettings, host.data.dict()).wsl_boot
    start_given_back(name="Do not start Docker with the distribution", boot=boot, unless=unless)
    file_given_back(name="Remove what starts Docker with the distribution", path=SCRIPT, unless=unless)


@operation()
def start_given_back(boot: Boot, unless: Unless) -> Commands:
    """Have nothing of ours in /etc/wsl.conf, and no file where there was none.

    Args:
        boot: the declared `platform_wsl_boot`.
        unless: why it is left as it is.
    """
    if (yield from stays(unless)):
        return
    with together():
        found, made = host.get_fact(FileContent, path=CONF), host.get_fact(Remembered)
    if not isinstance(found, FileState):
        host.noop(f"there is no {CONF}")
        return
    former = made.before.get(CONF)
    before = former.content.decode(errors="surrogateescape") if former else "" if CONF in made.files else None
    text = found.content.decode(errors="surrogateescape")
    wanted = given_back(text, before, boot)
    if wanted == text:
        host.noop(f"there is nothing of gpufleet's in {CONF}")
        return
    yield from begin(going(f"{CONF}, [boot]", "what gpufleet has put there", "without it"))
    if not wanted.strip() and CONF in made.files:
        yield StringCommand("rm -f --", CONF)
    else:
        yield write_file(CONF, wanted.encode(errors="surrogateescape"), found.mode, found.owner)


@deploy("Platform")
def _judge(refused: list[Difference]) -> None:
    fit(name="Make sure that this host can be changed", refused=refused)
