"""A lab host: a Debian with systemd, sshd and disks of its own, that tests may break."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docker

from tests.lab import container as containers
from tests.lab import cut, owner, snapshots
from tests.lab.command import CommandError
from tests.lab.nvidia_standins.driver import PROGRAM
from tests.lab.simulated_driver import SimulatedDriver
from tests.lab.simulated_driver import install as simulated

if TYPE_CHECKING:
    from pathlib import Path

    from docker.models.containers import Container

    from tests.lab.engine import Engine

BOOT_SECONDS = 180
# dockerd gives its containers 15 s. With live-restore they run on, and systemd would wait 90 s for those that don't
# listen to SIGTERM: by then dockerd itself has ended in order, and the plug may be pulled.
STOP_SECONDS = 20
SSH_CONFIG = """\
Host {name}
    HostName {address}
    IdentityFile "{key}"
    IdentitiesOnly yes
    UserKnownHostsFile "{known_hosts}"
    StrictHostKeyChecking yes
    BatchMode yes
    ConnectTimeout 60
    LogLevel ERROR
"""
NVIDIA_SMI = (PROGRAM, "/usr/local/nvidia/bin/nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi")
AUTHORIZED_KEYS = "/etc/ssh/lab_key"


class LabHostError(RuntimeError):
    """A lab host did not come up; the message holds what its console said."""


@dataclass(frozen=True)
class LabHost:
    """One lab host.

    Attributes:
        engine: the engine that runs it.
        name: its host name, unique in the lab.
        kind: one of `kinds.KINDS`.
        address: its IPv4 address, reachable from this machine, kept for life.
        key: private SSH key that opens root and `ops`.
        folder: this host's files in the checkout (known_hosts).
        user: the sudo user to connect as.
        port: sshd's.
    """

    engine: Engine
    name: str
    kind: str
    address: str
    key: Path
    folder: Path
    user: str = "ops"
    port: int = 22

    @property
    def container(self) -> Container:
        """The engine's container, with its present state."""
        return self.engine.client.containers.get(self.name)

    @property
    def known_hosts(self) -> Path:
        """The known_hosts file that holds this host's key only."""
        return self.folder / "known_hosts"

    def ssh(
        self, command: str, *, root: bool = True, check: bool = True, stdin: str | None = None, timeout: float = 600
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell command on the host as a person would, through ssh.

        Args:
            command: one shell command line.
            root: log in as root instead of `ops`.
            check: raise when its exit status is not 0.
            stdin: what it reads.
            timeout: seconds until it is given up (subprocess.TimeoutExpired).

        Raises:
            CommandError: it failed and `check` is set; the message holds its output.
        """
        arguments = [*self.ssh_command(root=root), command]
        done = subprocess.run(
            arguments, input=stdin or "", capture_output=True, text=True, check=False, timeout=timeout
        )
        if check and done.returncode:
            output = (done.stdout + done.stderr)[-3000:]
            raise CommandError(f"{self.name}: `{command}` ended with status {done.returncode}:\n{output}")
        return done

    def ssh_command(self, *, root: bool = True) -> list[str]:
        """The ssh command line that logs in, without a remote command."""
        return ["ssh", "-F", str(self.folder / "ssh_config"), f"{'root' if root else self.user}@{self.name}"]

    def start(self, *, introduced: bool = True) -> None:
        """Switch it on, unless it is, and wait until it has booted and answers on SSH with this checkout's key.

        Args:
            introduced: its SSH host key is put into `known_hosts`, in place of what is there.

        Raises:
            LabHostError: it does not within 180 s.
        """
        containers.put_file(self.container, AUTHORIZED_KEYS, self.key.with_suffix(".pub").read_bytes())
        self.container.start()
        deadline = time.monotonic() + BOOT_SECONDS
        while not (self._booted() and self._sshd_answers()):
            if time.monotonic() > deadline or self.container.status == "exited":
                raise LabHostError(f"{self.name} does not come up:\n{self._console()}")
            time.sleep(0.1)
        public_key = self._public_key()
        self.folder.mkdir(parents=True, exist_ok=True)
        if introduced:
            self.known_hosts.write_text(f"{self.address} {public_key}")
        settings = {"name": self.name, "address": self.address, "key": self.key, "known_hosts": self.known_hosts}
        (self.folder / "ssh_config").write_text(SSH_CONFIG.format(**settings))

    def stop(self) -> None:
        """Shut it down in order, as a power button does, within 20 s; its disks stay."""
        self.container.stop(timeout=STOP_SECONDS)

    def reboot(self) -> None:
        """Shut it down and start it: disks stay, /run is empty, every process is gone."""
        self.stop()
        self.start()

    def snapshot(self, name: str, *, mark: str | None = None) -> str:
        """Keep its present state, disks included, for `Lab.host(from_snapshot=name)`; the host is rebooted.

        Args:
            name: what it is called; an older snapshot of that name is replaced.
            mark: whose it is (`owner`), this process by default.

        Returns:
            The name.
        """
        self.stop()
        snapshots.take(self.engine, self.name, name, mark or owner.this_process())
        self.start()
        return name

    def install_gpu(
        self,
        *,
        driver: str = "580.159.04",
        count: int = 1,
        compute_capability: str = "9.0",
        cdi_file: bool = False,
    ) -> tuple[str, ...]:
        """Put a simulated NVIDIA driver onto it; one that is there is replaced, as by an upgrade, and its GPUs stay.

        Args:
            driver: its version.
            count: number of GPUs.
            compute_capability: that of every GPU.
            cdi_file: write /etc/cdi/nvidia.yaml too. The stand-in of nvidia-ctk makes one by itself; NVIDIA's own
                (LAB_VENDOR_DEBS) finds no driver here, and its runtime then takes `nvidia.com/gpu=all` from the file.

        Returns:
            The UUIDs of its GPUs.
        """
        return simulated.install(self, SimulatedDriver(driver, count, compute_capability), cdi_file=cdi_file)

    def cut_off(self) -> None:
        """Cut it off from every network until it is switched off: only answers to those who connect to it leave.

        Whatever else it tries is turned away at once and counted (`attempts`), and so are its containers.
        """
        cut.cut_off(self.engine, self.container)

    def attempts(self) -> cut.Attempts:
        """What it has tried to reach since `cut_off`.

        Raises:
            docker.errors.ContainerError: it is not cut off.
        """
        return cut.attempts(self.engine, self.container)

    def remove_gpu(self) -> None:
        """Take the simulated driver off it."""
        simulated.remove(self)

    @property
    def has_nvidia_smi(self) -> bool:
        """Whether a driver's nvidia-smi lies on it, in one of the places that tests put one."""
        return any(containers.has_file(self.container, path) for path in NVIDIA_SMI)

    def destroy(self) -> None:
        """Remove it with its disks and its files."""
        self.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def remove(self) -> None:
        """Remove it with its disks; what this machine knows of it stays."""
        self.container.remove(force=True)
        containers.remove_disks(self.engine, self.name)

    def _booted(self) -> bool:
        # Before that, pam_nologin turns `ops` away. The bus is not there in the first moment.
        probe = "test ! -d /run/systemd/system || systemctl is-system-running --wait | grep -Eqx 'running|degraded'"
        return self._inside("sh", "-c", probe)[0] == 0

    def _public_key(self) -> str:
        """Its SSH host key; under load the engine now and then loses what so short a command prints."""
        for _ in range(50):
            _, found = self._inside("cat", "/etc/ssh/ssh_host_ed25519_key.pub")
            if found.startswith("ssh-ed25519 "):
                return found
            time.sleep(0.1)
        raise LabHostError(f"{self.name} has no SSH host key:\n{self._console()}")

    def _inside(self, *command: str) -> tuple[int | None, str]:
        try:
            status, output = self.container.exec_run(list(command))
        except docker.errors.APIError:  # it does not run: its console says more
            return None, ""
        return status, output.decode(errors="replace") if isinstance(output, bytes) else ""

    def _console(self) -> str:
        lines = self.engine.client.api.logs(self.name, tail=30)
        return lines.decode(errors="replace") if isinstance(lines, bytes) else ""

    def _sshd_answers(self) -> bool:
        try:
            with socket.create_connection((self.address, self.port), timeout=2) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False
