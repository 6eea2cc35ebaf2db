"""The NVIDIA Container Toolkit on lab hosts with a simulated GPU: installed, mended, upgraded, there after a reboot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.daemon import RESTART, Applied, Daemon
from tests.integration.stock_pyinfra import pyinfra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

DEPLOY = Path(__file__).with_name("deploys") / "toolkit_only.py"
SPEC = "/var/run/cdi/nvidia.yaml"
STATIC = "/etc/cdi/nvidia.yaml"
KEYRING = "/usr/share/keyrings/nvidia-container-toolkit-keyring.gpg"
SOURCE = "/etc/apt/sources.list.d/nvidia-container-toolkit.sources"
PACKAGES = "libnvidia-container1 libnvidia-container-tools nvidia-container-toolkit nvidia-container-toolkit-base"
VERSIONS = f"dpkg-query -W -f '${{db:Status-Want}} ${{Version}}\\n' {PACKAGES} | sort | uniq -c"
OLD_LIST = "deb [signed-by=/usr/share/keyrings/gone.gpg] https://nvidia.github.io/nvidia-docker/ubuntu18.04/$(ARCH) /"
STARTS = (
    "journalctl --sync; journalctl -u docker.service -o cat --no-pager | grep -c 'Daemon has completed initialization'"
)
DESCRIBE, REMEMBER = "Describe the GPUs for CDI", "Stamp | Remember what was declared"


@dataclass(frozen=True)
class Toolkit(Daemon):
    """A host on which Docker and the toolkit are applied, without what is built upon them."""

    def apply_toolkit(self, **variables: object) -> Applied:
        """Apply Docker and toolkit with these settings."""
        done = pyinfra(self.lab.inventory([self.host], **{"platform_gpu": "auto", **variables}), DEPLOY, "-y")
        return Applied(done.code, done.output)

    def converge(self, **variables: object) -> list[str]:
        """The same, and it must succeed; returns what changed, less the stamp."""
        applied = self.apply_toolkit(**variables)
        assert applied.code == 0, applied.output
        return [name.rpartition(" | ")[2] for name in applied.changed if name != REMEMBER]

    @property
    def untouched(self) -> str:
        """What a run that has nothing to do must leave."""
        look = f"stat -c '%n %i %Y %Z %a' {SPEC} {KEYRING} {SOURCE} /etc/systemd/system/gpufleet-cdi.service"
        return self.everything + self.host.ssh(look).stdout

    @property
    def starts(self) -> int:
        """How often dockerd has come up so far."""
        return int(self.host.ssh(STARTS).stdout)


@dataclass(frozen=True)
class Installation:
    """What a first run did to a host on which Docker and a container were running."""

    toolkit: Toolkit
    restarts: int
    containers: tuple[str, str]


@pytest.fixture(scope="module")
def installation(lab: Lab, converged_snapshot: str) -> Iterator[Installation]:
    """A host with Docker on which the toolkit was applied; every test here leaves it converged."""
    host = lab.host(from_snapshot=converged_snapshot)
    host.install_gpu()
    toolkit = Toolkit(lab, host)
    starts, before = toolkit.starts, toolkit.run_container()
    toolkit.converge()
    yield Installation(toolkit, toolkit.starts - starts, (before, toolkit.container))
    host.destroy()


@pytest.fixture
def toolkit(installation: Installation) -> Toolkit:
    return installation.toolkit


def sees_gpu(host: LabHost, *options: str) -> bool:
    """Whether a container that is started so lists the host's GPU, and nothing else."""
    outside = host.ssh("nvidia-smi -L").stdout
    return host.ssh(f"docker run --rm {' '.join(options)} debian:trixie-slim nvidia-smi -L").stdout == outside


def test_the_first_run_restarts_dockerd_once_containers_go_on_and_the_second_does_nothing(
    installation: Installation,
) -> None:
    assert installation.restarts == 1
    assert installation.containers[0] == installation.containers[1]
    toolkit = installation.toolkit
    before = toolkit.untouched
    toolkit.host.ssh("systemctl daemon-reload")
    assert toolkit.converge() == []
    assert toolkit.untouched == before


def test_containers_get_the_gpu_in_each_of_the_three_ways_and_not_unasked(toolkit: Toolkit) -> None:
    host = toolkit.host
    assert sees_gpu(host, "--runtime=nvidia", "-e", "NVIDIA_VISIBLE_DEVICES=all")
    assert sees_gpu(host, "--device", "nvidia.com/gpu=all")
    assert sees_gpu(host, "--gpus", "all")
    assert host.ssh("docker run --rm debian:trixie-slim nvidia-smi", check=False).returncode == 127


def test_left_overs_of_nvidia_docker2_no_longer_break_apt_for_docker_either(toolkit: Toolkit) -> None:
    host = toolkit.host
    host.ssh(f"apt-get -qy remove docker-buildx-plugin; echo '{OLD_LIST}' >/etc/apt/sources.list.d/nvidia-docker.list")
    host.ssh(f"sed s/keyring/other/ {SOURCE} >/etc/apt/sources.list.d/second.sources; rm {KEYRING}")
    assert host.ssh("apt-get -q update -o APT::Update::Error-Mode=any", check=False).returncode
    changed = toolkit.converge()
    assert changed[0] == "Remove other entries for NVIDIA's repository"
    assert {"Install Docker's packages", "Install NVIDIA's key", "Add NVIDIA's repository"} < set(changed)
    assert host.ssh("cat /var/lib/gpufleet/backup/nvidia-docker.list").stdout == f"{OLD_LIST}\n"
    assert host.ssh("ls /etc/apt/sources.list.d").stdout.split() == [
        "docker.sources",
        "nvidia-container-toolkit.sources",
    ]
    assert host.ssh("apt-get -q update -o APT::Update::Error-Mode=any").returncode == 0


def test_packages_that_were_downgraded_and_released_are_mended_without_a_restart(toolkit: Toolkit) -> None:
    older = " ".join(f"{name}=1.19.1-1" for name in PACKAGES.split())
    toolkit.host.ssh(f"apt-mark unhold {PACKAGES}; apt-get -qy --allow-downgrades install {older}")
    toolkit.host.ssh(RESTART)
    pid = toolkit.pid
    assert toolkit.converge() == [
        "Remember the programs for GPUs that dockerd has found",
        "Install the toolkit's packages",
    ]
    assert toolkit.host.ssh(VERSIONS).stdout.split() == ["4", "hold", "1.20.0-1"]
    assert toolkit.pid == pid


def test_the_default_runtime_goes_on_and_off_and_the_users_own_values_stay_as_written(toolkit: Toolkit) -> None:
    toolkit.host.ssh("ln -sf /usr/bin/nvidia-container-runtime /usr/local/bin/mine")
    toolkit.given(rb'{"labels":["a=<b>&c\u00e9"], "runtimes":{"nvidia":{"path":"/usr/local/bin/mine"}}}')
    for default, runtime in ((True, "nvidia"), (False, "runc")):
        toolkit.converge(nvidia_container_toolkit_default_runtime=default)
        assert toolkit.info("{{.DefaultRuntime}}") == runtime
        assert r'"a=<b>&c\u00e9"' in (toolkit.file or b"").decode()
        assert toolkit.content["runtimes"] == {"nvidia": {"path": "/usr/local/bin/mine"}}
    assert "default-runtime" not in toolkit.content
    assert sees_gpu(toolkit.host, "--runtime=nvidia", "-e", "NVIDIA_VISIBLE_DEVICES=all")
    toolkit.given(b"{}")
    toolkit.converge()


def test_a_specification_follows_driver_and_gpus_and_an_old_static_one_goes(toolkit: Toolkit) -> None:
    host, pid = toolkit.host, toolkit.pid
    host.ssh(f"mkdir -p /etc/cdi; cp {SPEC} {STATIC}")
    host.install_gpu(driver="590.44.01", count=2)
    applied = toolkit.apply_toolkit()
    assert applied.changed == [f"NVIDIA Container Toolkit | {DESCRIBE}", REMEMBER], applied.output
    assert "it is for driver 580.159.04, and 590.44.01 runs" in applied.output
    assert host.ssh(f"ls {STATIC}", check=False).returncode
    assert "580.159.04" in host.ssh("cat /var/lib/gpufleet/backup/nvidia.yaml").stdout
    assert sees_gpu(host, "--device", "nvidia.com/gpu=all")
    host.remove_gpu()
    host.ssh(f"rm {SPEC}")
    assert toolkit.converge() == [], "without a driver there is nothing to describe"
    host.install_gpu()
    assert toolkit.converge() == [DESCRIBE]
    assert toolkit.pid == pid


@pytest.mark.slow
def test_a_generator_that_fails_leaves_the_old_specification_and_says_why(toolkit: Toolkit) -> None:
    host = toolkit.host
    host.ssh(f"sed -i 's/580.159.04/570.1.1/' {SPEC}; printf '#!/bin/sh\\necho kind: nvidia.com/gpu\\n' >/root/ctk")
    before = host.ssh(f"cat {SPEC}").stdout
    host.ssh("chmod 755 /root/ctk; mount --bind /root/ctk /usr/bin/nvidia-ctk")
    try:
        applied = toolkit.apply_toolkit()
    finally:
        host.ssh("umount /usr/bin/nvidia-ctk")
    assert applied.code == 1
    assert host.ssh(f"cat {SPEC}; ls /var/run/cdi").stdout == f"{before}nvidia.yaml\n"
    assert DESCRIBE in toolkit.converge()


def test_after_a_reboot_the_specification_is_there_before_docker_and_an_apply_does_nothing(toolkit: Toolkit) -> None:
    host = toolkit.host
    host.reboot()
    ended = "systemctl show gpufleet-cdi.service -P ExecMainExitTimestampMonotonic"
    started = "systemctl show docker.service -P ExecMainStartTimestampMonotonic"
    unit, docker = map(int, host.ssh(f"{ended}; {started}").stdout.split())
    assert 0 < unit <= docker
    assert sees_gpu(host, "--device", "nvidia.com/gpu=all")
    host.ssh(f"mkdir -p /etc/cdi; cp {SPEC} {STATIC}")  # one that fits is left alone
    before = toolkit.untouched
    assert toolkit.converge() == []
    assert toolkit.untouched == before
    host.ssh(f"rm {STATIC}")


@pytest.mark.slow
def test_a_clone_is_as_converged_as_its_original(lab: Lab, toolkit: Toolkit) -> None:
    toolkit.host.snapshot("toolkit-clone")
    clone = Toolkit(lab, lab.host(from_snapshot="toolkit-clone"))
    try:
        pid = clone.pid
        assert clone.converge() == []
        assert clone.pid == pid
    finally:
        clone.host.destroy()


@pytest.mark.slow
def test_a_driver_that_does_not_answer_at_boot_delays_docker_for_a_bounded_time(toolkit: Toolkit) -> None:
    host = toolkit.host
    host.ssh("cp -a /usr/bin/nvidia-smi /root/smi; printf '#!/bin/sh\\nexec sleep 600\\n' >/usr/bin/nvidia-smi")
    try:
        host.reboot()
        assert host.ssh("systemctl is-active docker").stdout == "active\n"
        assert host.ssh("systemctl show gpufleet-cdi.service -P Result").stdout == "timeout\n"
    finally:
        host.ssh("cp -a /root/smi /usr/bin/nvidia-smi")
    toolkit.converge()


@pytest.mark.slow
def test_switched_off_cdi_leaves_no_unit_no_script_and_no_specification_and_a_later_one_alone(toolkit: Toolkit) -> None:
    host, off = toolkit.host, {"nvidia_container_toolkit_cdi": False}
    toolkit.converge(**off)
    unit, script = "/etc/systemd/system/gpufleet-cdi.service", "/usr/local/lib/gpufleet/gpufleet-cdi.sh"
    assert host.ssh(f"ls {unit} {script} {SPEC}", check=False).stdout == ""
    assert "features" not in toolkit.content
    host.ssh(f"nvidia-ctk cdi generate --output={SPEC}")  # as NVIDIA's own unit does
    assert toolkit.converge(**off) == []
    assert host.ssh(f"ls {SPEC}", check=False).returncode == 0
    toolkit.converge()
    assert toolkit.converge() == []


@pytest.mark.slow  # a runtime of the user's own in daemon.json is kept in every gate, above
def test_a_users_declaration_takes_the_runtime_over_and_gives_it_back(toolkit: Toolkit) -> None:
    host = toolkit.host
    host.ssh("ln -sf /usr/bin/nvidia-container-runtime /usr/local/bin/mine")
    own: dict[str, object] = {"docker_engine_daemon": {"runtimes": {"nvidia": {"path": "/usr/local/bin/mine"}}}}
    assert "Configure the daemon" in toolkit.converge(**own)
    assert toolkit.content["runtimes"] == {"nvidia": {"path": "/usr/local/bin/mine"}}
    assert toolkit.info('{{(index .Runtimes "nvidia").Path}}') == "/usr/local/bin/mine"
    assert sees_gpu(host, "--runtime=nvidia", "-e", "NVIDIA_VISIBLE_DEVICES=all")
    before = toolkit.untouched
    assert toolkit.converge(**own) == []
    assert toolkit.untouched == before
    toolkit.converge()
    assert toolkit.content["runtimes"] == {"nvidia": {"path": "nvidia-container-runtime"}}
    assert toolkit.converge() == []


@pytest.mark.slow  # Docker's key goes the same way, and is refused so in every gate: test_apt.py
def test_a_key_that_is_not_the_pinned_one_is_refused_and_the_repository_is_not_used(toolkit: Toolkit) -> None:
    look = f"pidof dockerd; stat -c '%n %i %Y %Z' {KEYRING} /etc/docker/daemon.json; {VERSIONS}"
    before = toolkit.host.ssh(look).stdout
    refused = toolkit.apply_toolkit(nvidia_container_toolkit_key_fingerprint="0" * 40)
    assert refused.code == 1
    assert f"{toolkit.lab.mirror.nvidia_fingerprint} (wanted: key {'0' * 40}" in refused.output, refused.output
    assert toolkit.host.ssh(look).stdout == before
    assert toolkit.host.ssh(f"test -e {SOURCE}", check=False).returncode == 1
    assert toolkit.converge() == ["Add NVIDIA's repository"]


@pytest.mark.slow
def test_cdi_that_is_declared_off_for_docker_is_refused_before_anything_changes(toolkit: Toolkit) -> None:
    before = toolkit.untouched
    off: dict[str, object] = {"docker_engine_daemon": {"features": {"cdi": False}}}
    applied = toolkit.apply_toolkit(**off)
    assert applied.code == 1
    assert "nvidia_container_toolkit_cdi: false" in applied.output
    assert toolkit.untouched == before
    toolkit.converge(**off, nvidia_container_toolkit_cdi=False)
    assert toolkit.content["features"] == {"cdi": False}
    assert toolkit.converge(**off, nvidia_container_toolkit_cdi=False) == []
    toolkit.converge()
    assert toolkit.converge() == []


@pytest.mark.slow
def test_what_the_kernel_module_shows_counts_before_nvidia_smi(toolkit: Toolkit) -> None:
    host = toolkit.host
    listed = host.ssh("nvidia-smi --query-gpu=uuid --format=csv,noheader").stdout.strip()
    module = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build"
    gpus = "/root/driver/nvidia/gpus"
    host.ssh(f"mkdir -p {gpus}/a {gpus}/b; echo '{module}' >/root/driver/nvidia/version")
    host.ssh(f"printf 'GPU UUID: \\t {listed}\\nGPU Excluded:\\t No\\n' >{gpus}/a/information")
    host.ssh(f"printf 'GPU UUID: \\t GPU-2\\nGPU Excluded:\\t Yes\\n' >{gpus}/b/information")
    host.ssh("mount --bind /root/driver /proc/driver")
    try:
        assert toolkit.converge() == []
        host.ssh(f"sed -i s/Yes/No/ {gpus}/b/information")
        applied = toolkit.apply_toolkit()
        assert "it lacks GPU-2" in applied.output
    finally:
        host.ssh("umount /proc/driver; rm -r /root/driver")
    assert toolkit.converge() == []


@pytest.mark.slow
def test_on_a_newer_docker_cdi_goes_on_where_its_file_says_off_and_a_runtime_may_be_declared_by_type(lab: Lab) -> None:
    host = lab.host(kind="debian-testing-docker")
    try:
        host.install_gpu()
        toolkit = Toolkit(lab, host)
        toolkit.given(b'{"features": {"cdi": false}}')
        toolkit.converge()
        assert toolkit.content["features"] == {"cdi": True}
        assert sees_gpu(host, "--device", "nvidia.com/gpu=all")
        by_type = {"runtimes": {"nvidia": {"runtimeType": "io.containerd.runc.v2"}}}
        toolkit.converge(docker_engine_daemon=by_type)
        assert toolkit.content["runtimes"] == by_type["runtimes"]
        assert toolkit.converge(docker_engine_daemon=by_type) == []
        toolkit.converge()
        assert toolkit.content["runtimes"] == {"nvidia": {"path": "nvidia-container-runtime"}}
        assert toolkit.converge() == []
    finally:
        host.destroy()
