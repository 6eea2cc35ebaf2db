"""How a WSL distribution starts: what starts Docker with it, and what only Windows can do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import deploy, operation

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.apt import AptPackages
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.platform import PlatformFacts
from gpufleet.facts.together import together
from gpufleet.finding import Difference
from gpufleet.operations.apt.packages import package_differences, packages
from gpufleet.operations.change import Commands, begin, refuse, report
from gpufleet.operations.files import text_diff, whole_file, write_file
from gpufleet.platform.wsl_conf import is_on
from gpufleet.settings import load
from roles.bundle.settings import BundleSettings
from roles.platform.settings import PlatformSettings
from roles.platform.wsl_boot import SCRIPT, SECTION, SYSTEMD, wanted

if TYPE_CHECKING:
    from gpufleet.platform import Platform
    from roles.platform.wsl_boot import Boot

CONF = "/etc/wsl.conf"
FILES = Path(__file__).resolve().parents[2] / "files" / "wsl"
INIT = ("systemd-sysv", "libpam-systemd", "dbus")
"""What makes systemd the init of a distribution that came without it."""
IN_WINDOWS = (
    "In Windows run `wsl.exe --shutdown`, open the distribution again, then apply again. Where that was done already, "
    "this WSL is older than 0.67.6, which knows no systemd: there `wsl.exe --update` comes first."
)


@deploy("Platform")
def wsl(platform: Platform) -> None:
    """Have a WSL distribution start Docker when it starts, as is declared; elsewhere there is nothing to do.

    Docker Desktop starts by itself, in Windows.

    Args:
        platform: what the host is.
    """
    if not platform.wsl or platform.desktop:
        return
    settings = load(PlatformSettings, host.data.dict())
    if settings.awaits_systemd(platform):
        bundle = load(BundleSettings, host.data.dict()).bundle
        packages(name="Install systemd", versions=dict.fromkeys(INIT), bundle=bundle)
    if settings.starts_by_command(platform):
        text = (FILES / "gpufleet-boot.sh").read_text(encoding="utf-8")
        whole_file(name="Install what starts Docker with the distribution", path=SCRIPT, text=text, mode="755")
    start(name="Have WSL start the distribution as declared", boot=settings.wsl_boot)
    shutdown_due(name="See whether WSL has read how to start the distribution")


@operation()
def start(boot: Boot) -> Commands:
    """Have what is declared in /etc/wsl.conf, every other key, comment and blank kept.

    Args:
        boot: the declared `platform_wsl_boot`.
    """
    with together():
        found, platform = host.get_fact(FileContent, path=CONF), host.get_fact(PlatformFacts, gpu_seconds=0)
    if isinstance(found, Unreadable):
        yield from refuse(CONF, expected="a file", observed=found.why, way_out="Move it away, then apply again.")
        return
    before = found.content.decode(errors="surrogateescape") if found else ""
    text = wanted(before, boot, systemd=platform.systemd)
    if text == before:
        host.noop(f"{CONF} says what is declared")
        return
    content = text.encode(errors="surrogateescape")
    yield from begin(_difference(found, before, text))
    yield write_file(CONF, content, *((found.mode, found.owner) if found else ()))


def _difference(found: FileState | None, before: str, text: str) -> Difference:
    if is_on(text, SECTION, SYSTEMD) and not is_on(before, SECTION, SYSTEMD):
        expected, observed = "systemd=true", "systemd is not switched on"
    elif SCRIPT in text:
        expected = f"{SCRIPT} at the beginning of the command"
        observed = (
            "behind a command that can keep it from running"
            if SCRIPT in before
            else "nothing that starts Docker with the distribution"
        )
    else:
        expected, observed = f"no {SCRIPT} in the command", "it is there, and something else starts Docker"
    diff = text_diff(CONF, before.encode(errors="replace"), text.encode(errors="replace"))
    return Difference(
        kind="config",
        resource=f"{CONF}, [boot]",
        expected=expected,
        observed=observed,
        diff=diff or None,
        since=found.changed if found else None,
    )


@operation()
def shutdown_due() -> Commands:
    """Say that systemd is switched on and does not run yet: only Windows can start the distribution anew."""
    with together():
        platform = host.get_fact(PlatformFacts, gpu_seconds=0)
        init = host.get_fact(AptPackages, packages=list(INIT))
    if platform.systemd or not platform.systemd_on:
        host.noop("WSL has started the distribution as it is to")
        return
    if list(package_differences(dict.fromkeys(INIT), init)):
        host.noop("systemd is not installed yet, without which WSL passes over its switch")
        return
    yield from report(
        Difference(
            kind="pending",
            resource="systemd",
            expected="the init of this distribution",
            observed=f"switched on in {CONF}, which WSL reads when it starts the distribution",
            remedy=IN_WINDOWS,
        )
    )
