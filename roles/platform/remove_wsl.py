"""How a WSL distribution starts, as it was before apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import StringCommand, deploy, operation

from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.platform import PlatformFacts
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.notice import notice
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.files import write_file
from gpufleet.operations.removal import going, stays
from gpufleet.operations.removal_files import file_given_back, trace_removed
from gpufleet.operations.removal_packages import packages_given_back
from gpufleet.operations.removal_reasons import daemon_stays
from gpufleet.platform import DOCKER_FAMILIES
from gpufleet.platform.wsl_conf import is_on
from gpufleet.settings import load
from roles.platform.settings import PlatformSettings
from roles.platform.wsl import CONF, INIT
from roles.platform.wsl_boot import SCRIPT, SECTION, SYSTEMD, given_back

if TYPE_CHECKING:
    from gpufleet.made import Made
    from gpufleet.operations.removal import Unless
    from roles.platform.wsl_boot import Boot

LOG = "/var/log/gpufleet-boot.log"
"""What the script has said when the distribution was started last (files/wsl/gpufleet-boot.sh)."""
UNTIL_STARTED = (
    "systemd is the init until Windows starts the distribution anew; after that "
    "`apt-get purge --allow-remove-essential` removes them"
)
SWITCHED_ON = f"{CONF} has systemd=true, which gpufleet has not written"
BY_HAND = "Docker stays, and this distribution does not start it any more: `service docker start` does."


@deploy("Platform")
def wsl_removed(unless: Unless, docker_in_use: Unless) -> None:
    """Have a WSL distribution start as it did before.

    Args:
        unless: why it is left as it is.
        docker_in_use: why a Docker stays that apply has installed.
    """
    boot = load(PlatformSettings, host.data.dict()).wsl_boot
    docker = daemon_stays(tuple(DOCKER_FAMILIES), docker_in_use)
    start_given_back(name="Do not start Docker with the distribution", boot=boot, unless=unless, docker_stays=docker)
    file_given_back(name="Remove what starts Docker with the distribution", path=SCRIPT, unless=unless)
    trace_removed(name="Remove what that has said", path=LOG, unless=unless)
    init_given_back(name="Remove systemd where there was none", boot=boot, unless=unless)


@operation()
def start_given_back(boot: Boot, unless: Unless, docker_stays: Unless) -> Commands:
    """Have nothing of ours in /etc/wsl.conf, and no file where there was none.

    Args:
        boot: the declared `platform_wsl_boot`.
        unless: why it is left as it is.
        docker_stays: why Docker stays, if it does.
    """
    if (yield from stays(unless)):
        return
    with together():
        found, made = host.get_fact(FileContent, path=CONF), host.get_fact(Remembered)
    if not isinstance(found, FileState):
        host.noop(f"there is no {CONF}")
        return
    text, wanted = _texts(found, made, boot)
    if wanted == text:
        host.noop(f"there is nothing of gpufleet's in {CONF}")
        return
    if SCRIPT in text and docker_stays() is not None:
        notice(BY_HAND)
    yield from begin(going(f"{CONF}, [boot]", "what gpufleet has put there", "without it"))
    if not wanted.strip() and CONF in made.files:
        yield StringCommand("rm -f --", CONF)
    else:
        yield write_file(CONF, wanted.encode(errors="surrogateescape"), found.mode, found.owner)


@operation()
def init_given_back(boot: Boot, unless: Unless) -> Commands:
    """Have no systemd as the init of a distribution that came without, unless it runs, or somebody wants it to.

    Args:
        boot: the declared `platform_wsl_boot`.
        unless: why it is left as it is.
    """
    if (yield from stays(unless)):
        return
    made: Made = host.get_fact(Remembered)
    ours = [name for name in INIT if name in made.packages]
    if not ours:
        host.noop("gpufleet has not made systemd the init of this host")
        return
    yield from packages_given_back._inner(packages=ours, unless=unless, in_use=_init_in_use(boot))  # noqa: SLF001


def _init_in_use(boot: Boot) -> Unless:
    def why() -> str | None:
        with together():
            made, platform = host.get_fact(Remembered), host.get_fact(PlatformFacts, gpu_seconds=0)
            found = host.get_fact(FileContent, path=CONF)
        _, wanted = _texts(found, made, boot) if isinstance(found, FileState) else ("", "")
        if is_on(wanted, SECTION, SYSTEMD):
            return SWITCHED_ON
        return UNTIL_STARTED if platform.systemd else None

    return why


def _texts(found: FileState, made: Made, boot: Boot) -> tuple[str, str]:
    """/etc/wsl.conf as it is, and without what gpufleet has put there."""
    former = made.before.get(CONF)
    before = former.content.decode(errors="surrogateescape") if former else "" if CONF in made.files else None
    text = found.content.decode(errors="surrogateescape")
    return text, given_back(text, before, boot)
