"""What goes wrong on real hosts, done to a lab host for the length of a `with` block, and undone at its end."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost

GARBAGE = "#!/bin/sh\\necho 'dpkg-query: what is printed here means nothing at all'\\n"


@contextmanager
def broken_sudo(host: LabHost) -> Iterator[None]:
    """Without its setuid bit sudo turns everybody away, as after an unpacking without permissions."""
    host.ssh("chmod u-s /usr/bin/sudo")
    try:
        yield
    finally:
        host.ssh("chmod u+s /usr/bin/sudo")


@contextmanager
def no_sudoer(host: LabHost) -> Iterator[None]:
    """The user who logs in is not in sudoers any more."""
    host.ssh("mv /etc/sudoers.d/ops /root/ops.sudoers; gpasswd --delete ops sudo")
    try:
        yield
    finally:
        host.ssh("mv /root/ops.sudoers /etc/sudoers.d/ops; adduser --quiet ops sudo")


@contextmanager
def garbled_dpkg(host: LabHost) -> Iterator[None]:
    """dpkg-query succeeds and prints what it never prints: reading that raises."""
    host.ssh(f'mv /usr/bin/dpkg-query /root/; printf "{GARBAGE}" >/usr/bin/dpkg-query; chmod 755 /usr/bin/dpkg-query')
    try:
        yield
    finally:
        host.ssh("mv /root/dpkg-query /usr/bin/dpkg-query")


@contextmanager
def hung_dpkg(host: LabHost) -> Iterator[None]:
    """dpkg-query waits for something that never comes, as on a disk that has gone away."""
    host.ssh(
        "mv /usr/bin/dpkg-query /root/; printf '#!/bin/sh\\nexec sleep 3600\\n' >/usr/bin/dpkg-query; "
        "chmod 755 /usr/bin/dpkg-query"
    )
    try:
        yield
    finally:
        host.ssh("mv /root/dpkg-query /usr/bin/dpkg-query; pkill -x sleep; true")


@contextmanager
def hung_dockerd(host: LabHost) -> Iterator[None]:
    """dockerd is stopped by a signal: its socket takes connections, and nothing ever comes back."""  # noqa: D403
    host.ssh("kill -STOP $(cat /run/docker.pid)")
    try:
        yield
    finally:
        host.ssh("kill -CONT $(cat /run/docker.pid)")


@contextmanager
def frozen_dockerd(host: LabHost) -> Iterator[None]:
    """The same by its cgroup, as a dockerd that waits for a lock of its own: no process looks stopped."""
    freeze = "/sys/fs/cgroup/system.slice/docker.service/cgroup.freeze"
    host.ssh(f"echo 1 >{freeze}")
    try:
        yield
    finally:
        host.ssh(f"echo 0 >{freeze}")


@contextmanager
def switched_off(host: LabHost) -> Iterator[None]:
    """Nothing answers at its address."""
    host.stop()
    try:
        yield
    finally:
        host.start()


@contextmanager
def without_network(host: LabHost) -> Iterator[None]:
    """It reaches nothing beyond its own network: this machine still logs in, the vendors are out of reach."""
    route = host.ssh("ip route show default").stdout.strip()
    mirror = host.ssh("getent hosts download.docker.com | cut -d' ' -f1").stdout.strip()
    host.ssh(f"ip route del default; ip route add unreachable {mirror}")
    try:
        yield
    finally:
        host.ssh(f"ip route del unreachable {mirror}; ip route add {route}")
