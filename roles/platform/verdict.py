"""What cannot work on a host: judgement over plain data, each refusal with its reason and a way out."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from gpufleet.finding import Difference
from gpufleet.platform import RootAccess
from gpufleet.settings import Source, problems
from roles.platform.docker import docker_refusals
from roles.platform.gpu import gpu_refusals
from roles.platform.support import EXPECTED, TESTED, knows_architecture, knows_release, release

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gpufleet.finding import FindingClass
    from gpufleet.platform import Access, Platform
    from gpufleet.settings import RoleSettings
    from roles.platform.settings import PlatformSettings


def refusals(platform: Platform, settings: PlatformSettings, obstacle: str | None = None) -> list[Difference]:
    """Everything that keeps a host from being provisioned.

    Args:
        platform: the host, read with the rights that its deploys will have.
        settings: what is declared about it.
        obstacle: why sudo's password could not be had (`gpufleet.become.obstacle`), when that is so.

    Returns:
        One `refused` difference per reason; empty for a host that is fit.
    """
    return list(
        chain(
            _distribution(platform, settings),
            _architecture(platform, settings),
            _wsl1(platform),
            root_refusals(platform.access, obstacle),
            docker_refusals(platform.docker),
            gpu_refusals(platform, settings),
            _space(platform, settings),
        )
    )


def unusable(data: Mapping[str, object], models: Sequence[type[RoleSettings]]) -> list[Difference]:
    """What is declared for a host and cannot be used, whatever the host is.

    Args:
        data: the host's variables.
        models: the settings that are built from them.

    Returns:
        One `refused` difference per mistake; empty where all is well.
    """
    expected, way_out = "values that can be used", "docs/settings.md lists what is allowed."
    wrong = (line.removeprefix(": ") for line in problems([Source("", data)], models))
    return [_refused("settings", expected=expected, observed=line, way_out=way_out, kind="pending") for line in wrong]


def _refused(resource: str, *, expected: str, observed: str, way_out: str, kind: FindingClass = "config") -> Difference:
    return Difference(kind=kind, refused=True, resource=resource, expected=expected, observed=observed, remedy=way_out)


def _distribution(platform: Platform, settings: PlatformSettings) -> Iterator[Difference]:
    if not platform.apt:
        yield _refused(
            "distribution",
            expected="a distribution with apt",
            observed=f"{release(platform)}, without apt-get",
            way_out="Use Debian or Ubuntu on this host.",
        )
    elif not knows_release(platform) and not settings.allow_unsupported:
        known = ", ".join(f"{name} {version}" for name, version in sorted(TESTED | EXPECTED))
        yield _refused(
            "distribution",
            expected=known,
            observed=release(platform),
            way_out="Upgrade the host, or set platform_allow_unsupported: true to try at your own risk.",
        )


def _architecture(platform: Platform, settings: PlatformSettings) -> Iterator[Difference]:
    if platform.apt and not knows_architecture(platform) and not settings.allow_unsupported:
        yield _refused(
            "architecture",
            expected="amd64 or arm64",
            observed=platform.architecture or "unknown",
            way_out="Docker and NVIDIA publish their packages for these only.",
        )


def _wsl1(platform: Platform) -> Iterator[Difference]:
    if platform.wsl == 1:
        yield _refused(
            "WSL",
            expected="WSL 2",
            observed="WSL 1, which has no Linux kernel, no containers and no GPU",
            way_out="In Windows run `wsl --set-version <this distribution> 2`, then apply again.",
        )


def root_refusals(access: Access, obstacle: str | None) -> Iterator[Difference]:
    """Why the deploys of a host cannot run as root, where they cannot.

    Args:
        access: who connects, with the rights that its deploys will have.
        obstacle: why sudo's password could not be had, when that is so.
    """
    if access.uid == 0:
        return
    observed, way_out = {
        RootAccess.MISSING: ("no sudo on the host", "Connect as root, or install sudo and let this user use it."),
        RootAccess.DENIED: ("sudo says that this user may not use it", "Connect as root, or let this user use sudo."),
        RootAccess.UNUSABLE: (f"sudo fails: {access.sudo_message}", "Mend sudo on the host, or connect as root."),
        RootAccess.PASSWORD: _password(obstacle, administrator=access.administrator),
    }.get(
        access.root_access,
        (obstacle or "not root, though sudo works", "Let the deploys use sudo to become root, or connect as root."),
    )
    yield Difference(
        kind="unknown",
        refused=True,
        resource="root",
        expected="root, or a user who becomes root",
        observed=f"user {access.user}; {observed}",
        remedy=way_out,
    )


def _password(obstacle: str | None, *, administrator: bool) -> tuple[str, str]:
    group = "" if administrator else " (the user is in none of the groups sudo, admin and wheel)"
    return (
        f"sudo wants a password, and {obstacle or 'none was given'}{group}",
        "Run gpufleet in a terminal, connect as root, or let this user use sudo without a password.",
    )


def _space(platform: Platform, settings: PlatformSettings) -> Iterator[Difference]:
    free = platform.docker_root_free_bytes
    if platform.docker is None and free is not None and free < settings.minimum_free_gb * 1e9:
        yield _refused(
            platform.docker_root,
            expected=f"{settings.minimum_free_gb:g} GB free",
            observed=f"{free / 1e9:.1f} GB",
            way_out="Make room (`docker system prune` frees what no container uses), move Docker's data root, or set "
            "platform_minimum_free_gb.",
        )
