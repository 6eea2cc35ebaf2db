"""Root file systems of the lab hosts: a minimal Debian, a few settings, a tar in the cache.

mmdebstrap makes them: the same result as debootstrap in a third of the time (13 s instead of 39 s on 2 cores), with
the security updates already in.

A host gets what a bare cloud image of Debian has and no more: systemd, dbus, sshd, sudo and iproute2, but no Python, no
curl, no gnupg and no ca-certificates, because the product must not need them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

from tests.lab import apt_sources
from tests.lab.command import run
from tests.lab.instance import CACHE
from tests.lab.packages import program
from tests.lab.progress import step

PACKAGES = ("systemd", "systemd-sysv", "dbus", "libpam-systemd", "openssh-server", "sudo", "iproute2")
MACHINE_AUTHORITIES = Path("/usr/local/share/ca-certificates")
# Units that make no sense in a container, that would write kernel settings which all hosts share (sysctl), or that
# take the dpkg lock at a time of their own choosing (apt-daily): hosts must behave the same on every boot.
MASKED = (
    "systemd-sysctl.service",
    "systemd-udevd.service",
    "systemd-udev-trigger.service",
    "systemd-modules-load.service",
    "systemd-remount-fs.service",
    "systemd-networkd.service",
    "systemd-pcrlock-make-policy.service",
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "sys-kernel-config.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "getty.target",
    "console-getty.service",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
)


def path(suite: str) -> Path:
    """Where the root file system of a Debian suite is cached; the name holds a hash of all that goes into it."""
    inputs = [suite, repr(apt_sources.of_this_machine()), Path(__file__).read_text(), machine_apt_settings()]
    inputs += [certificate.read_text() for certificate in sorted(MACHINE_AUTHORITIES.glob("*.crt"))]
    return CACHE / f"rootfs-{suite}-{hashlib.sha256(chr(0).join(inputs).encode()).hexdigest()[:12]}.tar"


def ensure(suite: str) -> Path:
    """The cached root file system of a Debian suite, a tar, built when missing. Needs root.

    Args:
        suite: Debian's code name, for example `trixie`.

    Raises:
        PermissionError: it is not there, and this user is not root.
        CommandError: the archive is out of reach, or mmdebstrap failed.
    """
    cached = path(suite)
    if not cached.exists():
        if os.geteuid():
            raise PermissionError(f"no root file system of Debian {suite} yet: `python -m tests.lab up` makes it")
        CACHE.mkdir(parents=True, exist_ok=True)
        with step(f"making the root file system of Debian {suite}"):
            _build(suite, apt_sources.of_this_machine(), cached)
        for old in CACHE.glob(f"rootfs-{suite}-*.tar"):
            if old != cached:
                old.unlink()
    return cached


def _build(suite: str, archive: apt_sources.Archive, target: Path) -> None:
    tree = CACHE / f"tree-{suite}-{os.getpid()}"
    unfinished = target.with_suffix(".unfinished")
    try:
        _bootstrap(suite, archive, tree)
        _configure(tree, suite, archive)
        run(["tar", "--create", "--numeric-owner", "--file", str(unfinished), "--directory", str(tree), "."])
        unfinished.rename(target)
    finally:
        shutil.rmtree(tree, ignore_errors=True)
        unfinished.unlink(missing_ok=True)


def _bootstrap(suite: str, archive: apt_sources.Archive, tree: Path) -> None:
    options = ["--quiet", "--mode=root", "--format=directory", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
    options += [f"--aptopt={line}" for line in machine_apt_settings().splitlines()]
    sources = sources_list(suite, archive).replace("deb ", f"deb [signed-by={archive.keyring}] ")
    run([program("mmdebstrap") or "mmdebstrap", *options, suite, str(tree), "-"], stdin=sources)


def _configure(tree: Path, suite: str, archive: apt_sources.Archive) -> None:
    _write(tree / "etc/apt/sources.list", sources_list(suite, archive))
    _write(tree / "etc/apt/apt.conf.d/90machine", machine_apt_settings())
    # Without an fsync for each file packages install in two thirds of the time, and a host's disks are thrown away.
    _write(tree / "etc/dpkg/dpkg.cfg.d/lab", "force-unsafe-io\n")
    authorities = tree / "usr/local/share/ca-certificates"
    authorities.mkdir(parents=True, exist_ok=True)
    for certificate in MACHINE_AUTHORITIES.glob("*.crt"):
        shutil.copy(certificate, authorities)
    for unit in MASKED:
        (tree / "etc/systemd/system" / unit).symlink_to("/dev/null")
    _users(tree)
    for file in [*tree.glob("etc/ssh/ssh_host_*"), *tree.glob("etc/apt/apt.conf.d/99mmdebstrap")]:
        file.unlink()
    for name in ("usr/share/doc", "usr/share/man", "usr/share/locale"):
        shutil.rmtree(tree / name, ignore_errors=True)


def _users(tree: Path) -> None:
    run(["chroot", str(tree), "useradd", "--create-home", "--shell", "/bin/bash", "--groups", "sudo", "ops"])
    sudoers = tree / "etc/sudoers.d/ops"
    _write(sudoers, "ops ALL=(ALL) NOPASSWD: ALL\n")
    sudoers.chmod(0o440)
    # The key itself comes in when a host is created: the cache serves every user of this machine.
    _write(tree / "etc/ssh/sshd_config.d/lab.conf", "AuthorizedKeysFile /etc/ssh/lab_key\nUseDNS no\n")


def sources_list(suite: str, archive: apt_sources.Archive) -> str:
    """The hosts' own sources; a testing suite has no security updates worth the name."""
    lines = [f"deb {archive.uri} {suite} main"]
    if suite in {"bookworm", "trixie"}:
        lines += [
            f"deb {archive.uri} {suite}-updates main",
            f"deb {archive.security} {suite}-security main",
        ]
    return "\n".join(lines) + "\n"


def machine_apt_settings() -> str:
    """The machine's apt settings without which its archive can't be used: proxies, validity of old indexes."""
    wanted = r"^Acquire::(Check-Valid-Until|Check-Date|Max-FutureTime|https?::(\S+::)?Proxy)[ ].*;$"
    return "".join(f"{match[0]}\n" for match in re.finditer(wanted, run(["apt-config", "dump"]), re.MULTILINE))


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
