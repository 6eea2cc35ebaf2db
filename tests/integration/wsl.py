"""A lab host made to look like a WSL distribution: kernel name, graphics device, Windows' driver, and how it starts.

What nvidia-ctk makes in its WSL mode is imitated in front of the lab's stand-in, which knows that mode not: one device
`all`, Windows' driver out of its folder in the driver store. Nothing of Windows itself is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.platform.wsl_conf import value_of
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

PROGRAM = "import sys; from gpufleet.cli import main; sys.exit(main())"
KERNEL = "5.15.167.4-microsoft-standard-WSL2"
STORE = "/usr/lib/wsl/drivers/nv_dispi.inf_amd64_{0}"
UUID = "GPU-8e7a5b1e-6c9f-2f80-7f4c-9b1d0a6f1c55"
SMI = """#!/bin/sh
case $1 in
-L) echo "GPU 0: Simulated under WSL (UUID: {uuid})" ;;
*driver_version,compute_cap*) echo "{uuid}, {driver}, 8.9, Simulated under WSL" ;;
*driver_version*) echo "{driver}" ;;
esac
"""
CTK = r"""#!/bin/sh
case $* in *cdi*generate*--mode=wsl*) ;; *) exec /usr/bin/nvidia-ctk "$@" ;; esac
store=$(ls -td /usr/lib/wsl/drivers/nv_*/ | head -n 1)
store=${store%/}
mount() {
    printf -- '    - hostPath: %s\n      containerPath: %s\n' $1 $2
    echo '      options: [ro, nosuid, nodev, rbind, rprivate]'
}
printf -- 'cdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices:\n  - name: all\n    containerEdits:\n      deviceNodes:\n'
printf -- '        - path: /dev/dxg\ncontainerEdits:\n  env: [NVIDIA_VISIBLE_DEVICES=void]\n  mounts:\n'
mount $store/libcuda.so.1.1 $store/libcuda.so.1.1
mount $store/nvidia-smi /usr/bin/nvidia-smi
"""
MARKS = (
    f"echo {KERNEL} >/run/kernel && mount --bind /run/kernel /proc/sys/kernel/osrelease && "
    "{ [ -e /dev/dxg ] || mknod -m 666 /dev/dxg c 1 3; }"
)
CONF = """\
# set up by hand
[user]
default=ops   # me

[boot]
command = touch /root/mounted # before Docker
[automount]
options = "metadata,umask=22"
"""
# An older kernel of WSL's, which serves the older iptables only; where this machine's does not serve that at all, it
# stays what it is
OLD_KERNEL = """
iptables-legacy -t nat -nL >/dev/null 2>/root/no-legacy || exit 0
rm /root/no-legacy
printf 'CONFIG_NETFILTER=y\\nCONFIG_NF_TABLES=y\\nCONFIG_IP_NF_NAT=y\\n' >/run/config
gzip -kf /run/config
if [ -e /proc/config.gz ]; then
    mount --bind /run/config.gz /proc/config.gz
else
    cp /run/config "/boot/config-$(uname -r)"
fi
"""


@dataclass(frozen=True)
class Wsl:
    """Such a host.

    Attributes:
        host: the lab host, without systemd as its init.
    """

    host: LabHost

    def begin(self, driver: str = "572.83") -> None:
        """Make the host look like one, for the first time."""
        self.host.ssh(MARKS)
        self.host.ssh("cat >/usr/local/bin/nvidia-ctk && chmod 755 /usr/local/bin/nvidia-ctk", stdin=CTK)
        self.windows_driver(driver, "0a1b2c")

    def windows_driver(self, version: str, store: str) -> None:
        """Windows gets a driver: another folder in its store, in place of the one that is there."""
        folder = STORE.format(store)
        self.host.ssh(
            f"rm -rf /usr/lib/wsl && mkdir -p {folder} /usr/lib/wsl/lib && echo {version} >{folder}/libcuda.so.1.1"
        )
        program = SMI.format(uuid=UUID, driver=version)
        self.host.ssh(f"cat >{folder}/nvidia-smi && chmod 755 {folder}/nvidia-smi", stdin=program)
        self.host.ssh(f"cp -p {folder}/nvidia-smi /usr/lib/wsl/lib/")

    def own_kernel(self) -> None:
        """A kernel of the user's own, until the next start: its name says nothing of Microsoft."""
        self.host.ssh("mkdir -p /run/WSL && echo 6.6.87-mine >/run/kernel")

    def conf(self) -> str:
        """Its wsl.conf."""
        return self.host.ssh("cat /etc/wsl.conf").stdout

    def shutdown(self) -> None:
        """`wsl.exe --shutdown`, and the distribution is opened again: WSL runs its command and goes on."""
        self.host.reboot()
        self.host.ssh(MARKS)
        command = value_of(self.conf(), "boot", "command")
        if command:
            self.host.ssh("cat >/run/boot-command", stdin=command)
            self.host.ssh('setsid env -i PATH="$PATH" sh -c "$(cat /run/boot-command)" </dev/null >/dev/null 2>&1 &')

    def docker(self, arguments: str, *, check: bool = True) -> str:
        """What `docker` prints."""
        return self.host.ssh(f"docker {arguments}", check=check).stdout.strip()


@contextmanager
def distribution(lab: Lab) -> Iterator[Wsl]:
    """A fresh distribution without systemd, with an iptables and a wsl.conf of its user's."""
    host = lab.host("debian13-plain")
    found = Wsl(host)
    host.ssh("cat >/etc/wsl.conf", stdin=CONF)
    host.ssh("apt-get update -qq && apt-get install -y -qq --no-install-recommends iptables >/dev/null")
    host.ssh(OLD_KERNEL)
    found.begin()
    yield found
    host.destroy()


def checkout_of_windows(folder: Path) -> Path:
    """This checkout once more, below /mnt/c as it were: every line of every text ends with CR and LF."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        content, file = (CHECKOUT / name).read_bytes(), folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if b"\0" in content else content.replace(b"\n", b"\r\n"))
    return folder


def gpufleet_of(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`gpufleet` of another checkout, which must succeed."""
    command, environment = [sys.executable, "-c", PROGRAM, *arguments], {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done
