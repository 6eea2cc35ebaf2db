"""From what the reading scripts print to `Access` and `Platform`."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Literal

from gpufleet.platform import Access, Platform, RootAccess
from gpufleet.platform.reading_docker import containerd_users, docker, running_containers
from gpufleet.platform.reading_gpu import driver_packages, foreign_libcuda, gpu_error, gpus
from gpufleet.platform.report import Report, ReportError
from gpufleet.platform.wsl import version
from gpufleet.platform.wsl_conf import is_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gpufleet.platform import Docker


def access(lines: Iterable[str]) -> Access:
    """Read what `access.sh` printed.

    Args:
        lines: its output.

    Returns:
        Who ran it, and how that user becomes root.

    Raises:
        ReportError: a line that every report has is missing.
    """
    return _access(Report(lines))


def platform(lines: Iterable[str]) -> Platform:
    """Read what `access.sh` and `platform.sh` printed, run as one script.

    Args:
        lines: the output of both.

    Returns:
        The host as data.

    Raises:
        ReportError: the script was cut off.
    """
    report = Report.whole(lines, of="the platform")
    release, found = _os_release(report.every("os_release")), docker(report)
    return Platform(
        distribution=release.get("ID", ""),
        version=release.get("VERSION_ID", ""),
        codename=release.get("VERSION_CODENAME", ""),
        architecture=report.first("architecture") or report.first("machine") or "",
        apt=report.has("apt"),
        wsl=_wsl(report),
        systemd=report.has("systemd"),
        access=_access(report),
        docker=found,
        running_containers=running_containers(report),
        containerd_users=containerd_users(report),
        gpus=gpus(report),
        nvidia_smi=report.first("nvidia_smi"),
        gpu_error=gpu_error(report),
        nvidia_devices=len(report.every("nvidia_device")),
        driver_packages=driver_packages(report),
        foreign_libcuda=foreign_libcuda(report),
        docker_root=report.first("docker_root") or "/var/lib/docker",
        docker_root_free_bytes=_space(report, found),
        kept_running=_kept_running(report),
        systemd_on=is_on("\n".join(report.every("wsl_conf")), "boot", "systemd"),
        gpu_device=report.has("dxg") or _wsl(report) is None,
    )


def _space(report: Report, found: Docker | None) -> int | None:
    """Docker Desktop keeps its data on a disk of its own, which is not seen from a distribution."""
    return None if found and found.desktop else free_bytes(report.first("docker_root_space"))


def _kept_running(report: Report) -> bool:
    """Both of WSL's timers are off: that of the distribution, and that of the virtual machine behind all of them."""
    off = {key.lower() for key, value in report.fields("wslconfig", 2) if value.strip().startswith("-")}
    return {"instanceidletimeout", "vmidletimeout"} <= off


def _os_release(lines: Iterable[str]) -> dict[str, str]:
    """Values as a shell would read them: os-release(5) allows either kind of quotes, or none."""
    release = {}
    for line in lines:
        key, _, value = line.partition("=")
        try:
            release[key] = "".join(shlex.split(value))
        except ValueError:  # a quote that is never closed
            release[key] = value
    return release


def _access(report: Report) -> Access:
    uid = report.first("uid")
    if uid is None or not uid.isdecimal():
        raise ReportError("the script that reads the platform did not tell its user id")
    gid = report.first("gid") or ""
    message = "; ".join(report.every("sudo_message")) or None
    return Access(
        uid=int(uid),
        user=report.first("user") or uid,
        root_access=RootAccess.ROOT if uid == "0" else _sudo(report.first("sudo"), message or ""),
        gid=int(gid) if gid.isdecimal() else None,
        home=report.first("home") or "",
        administrator=report.has("administrator"),
        sudo_message=message,
    )


def _sudo(outcome: str | None, message: str) -> RootAccess:
    """What `sudo -n true` showed.

    Both sudo ("sudo: a password is required") and sudo-rs ("sudo-rs: interactive authentication is required") ask
    for the password before they tell a user that sudo is not for him, unless his rights need none.
    """
    if outcome in (None, "missing"):
        return RootAccess.MISSING
    if outcome == "0":
        return RootAccess.SUDO
    if "a password is required" in message or "authentication is required" in message:
        return RootAccess.PASSWORD
    return RootAccess.DENIED if denies_sudo(message) else RootAccess.UNUSABLE


def denies_sudo(message: str) -> bool:
    """Whether sudo's (or sudo-rs') words say that a user may not use it, right password or not."""
    words = ("not allowed", "not in the sudoers", "may not run sudo", "I'm afraid I can't do that")
    return any(denial in message for denial in words)


def _wsl(report: Report) -> Literal[1, 2] | None:
    release = report.first("osrelease") or ""
    return version(release, interop=report.has("wsl_interop"), graphics=report.has("dxg"))


def free_bytes(line: str | None) -> int | None:
    """The fourth column of `df -Pk`, counted from the use in per cent: a device's name may hold blanks."""
    match = re.search(r"\s(\d+)\s+(?:\d+%|-)\s+/", line or "")
    return int(match[1]) * 1024 if match else None
