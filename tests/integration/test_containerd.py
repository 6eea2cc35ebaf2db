"""containerd with the runtime for GPUs: Docker's and Debian's, older and newer, on, off, broken and cut off."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.integration.checked import check_host, checked, removed
from tests.integration.test_nvidia_container_toolkit import Toolkit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.lab import Lab

CONFIG = "/etc/containerd/config.toml"
DROP_IN = "/etc/containerd/conf.d/99-nvidia.toml"
IMPORT = 'imports = ["/etc/containerd/conf.d/99-nvidia*.toml"]'
ON = {"nvidia_container_toolkit_containerd": True}
GIVE, READ, RUN = "Give containerd the runtime for GPUs", "Have containerd read it", "Have containerd run with it"
OFF = ["Leave containerd's configuration alone", "Have containerd run without the runtime for GPUs"]
IMAGE = "docker.io/library/debian:trixie-slim"
IMPORT_IMAGE = "docker pull -q debian:trixie-slim && docker save debian:trixie-slim | ctr image import -"
CTR = "ctr run --rm --cpu-shares 0"
"""Lab hosts have no controller for shares of the processor."""
DOCKER = "docker run --rm -e NVIDIA_VISIBLE_DEVICES=all debian:trixie-slim"
DUMP = "containerd config dump"
STARTED_WITH = "journalctl --sync; journalctl -u containerd -o cat --no-pager | grep -i 'start.*cri plugin' | tail -n 1"
"""The configuration with which Kubernetes' interface was started: containerd logs it."""


@dataclass(frozen=True)
class Containerd(Toolkit):
    """That of a host with Docker, the toolkit and a container that goes on."""

    @property
    def containerd(self) -> str:
        """Its process: another number after a restart."""
        return self.host.ssh("systemctl show containerd -P MainPID").stdout.strip()

    @property
    def processes(self) -> tuple[str, str]:
        """What no run of these tests may touch: dockerd and the container."""
        return self.pid, self.container

    @property
    def config(self) -> str:
        """config.toml."""
        return self.host.ssh(f"cat {CONFIG}").stdout

    @property
    def files(self) -> str:
        """The process and all its files, with inodes and times."""
        look = "find /etc/containerd /var/lib/gpufleet/containerd -exec stat -c '%n %i %Y %Z %a %U:%G' {} +"
        return self.containerd + self.host.ssh(look, check=False).stdout

    def ctr_sees_gpu(self, *options: str) -> bool:
        """Whether a container that ctr starts so lists the host's GPU, and nothing else."""
        outside = self.host.ssh("nvidia-smi -L").stdout
        done = self.host.ssh(f"{CTR} {' '.join(options)} {IMAGE} gpu nvidia-smi -L", check=False)
        return done.stdout == outside


@pytest.fixture(scope="module")
def docker(lab: Lab, gpu_converged_snapshot: str) -> Iterator[Containerd]:
    """Docker's containerd.io, whose config.toml has CRI switched off."""
    host = lab.host(from_snapshot=gpu_converged_snapshot)
    containerd = Containerd(lab, host)
    containerd.run_container()
    yield containerd
    host.destroy()


def test_dockers_containerd_gets_the_runtime_by_one_line_and_is_not_restarted_for_what_nobody_reads(
    docker: Containerd,
) -> None:
    before, pid, processes = docker.config, docker.containerd, docker.processes
    assert docker.converge(**ON) == [GIVE, READ]
    assert docker.config == before.replace("disabled_plugins", f"{IMPORT}\ndisabled_plugins", 1)
    assert (docker.containerd, docker.processes) == (pid, processes)
    files = docker.files
    assert docker.converge(**ON) == []
    assert docker.files == files
    docker.host.ssh("systemctl restart containerd")  # it starts with it
    assert docker.converge(**ON) == []
    checked = check_host(docker.lab, docker.host, **ON)
    assert "switches off by disabled_plugins" in checked.output


def test_broken_toml_is_refused_with_line_and_column_and_nothing_is_changed(docker: Containerd) -> None:
    docker.converge(**ON)
    docker.host.ssh(f"cp -p {CONFIG} /root/kept; echo 'root = = 1' >>{CONFIG}; rm {DROP_IN}")
    files = docker.files
    applied = docker.apply_toolkit(**ON)
    lines = len(docker.config.splitlines())
    assert applied.code == 1
    assert f"(at line {lines}, column 8)" in applied.output
    assert docker.files == files
    docker.host.ssh(f"cp -p /root/kept {CONFIG}")
    assert docker.converge(**ON) == [GIVE]


def test_switched_off_again_config_toml_is_byte_for_byte_what_it_was(docker: Containerd) -> None:
    docker.converge()
    before, processes = docker.config, docker.processes
    docker.converge(**ON)
    docker.host.ssh(f"printf '\\n# mine\\n[debug]\\n  level = \"warn\"\\n' >>{CONFIG}")
    assert docker.converge() == OFF
    assert docker.config == f'{before}\n# mine\n[debug]\n  level = "warn"\n'
    assert docker.host.ssh(f"ls {DROP_IN}", check=False).returncode
    files = docker.files
    assert docker.converge() == []
    assert docker.files == files
    assert docker.processes == processes


@pytest.fixture(scope="module")
def older(lab: Lab) -> Iterator[Containerd]:
    """Debian 13's containerd 1.7, with CRI and a section of its own."""
    host = lab.host()
    host.install_gpu()
    containerd = Containerd(lab, host)
    containerd.converge(**DEBIANS)
    containerd.run_container()
    host.ssh(IMPORT_IMAGE)
    yield containerd
    host.destroy()


DEBIANS: dict[str, object] = {"docker_engine_source": "distribution"}
OLDER: dict[str, object] = {**DEBIANS, **ON}


@pytest.mark.slow
def test_containerd_is_restarted_once_containers_and_dockerd_go_on_and_cri_has_both_runtimes(older: Containerd) -> None:
    before, pid, processes = older.config, older.containerd, older.processes
    assert older.converge(**OLDER) == [GIVE, READ, RUN]
    assert older.containerd != pid
    assert older.processes == processes
    assert older.config.replace(f"{IMPORT}\n", "") == before
    started = older.host.ssh(STARTED_WITH).stdout
    assert "nvidia-container-runtime" in started
    assert "EnableCDI:true" in started
    assert "runc:{Type:io.containerd.runc.v2" in started, "1.7 loses its own where another runtime is said"
    assert "NetworkPluginBinDir:/usr/lib/cni" in started, "the user's section was lost"
    assert older.host.ssh("ctr plugins ls | grep cri").stdout.split()[-1] == "ok"
    files = older.files
    assert older.converge(**OLDER) == []
    assert older.files == files
    assert older.host.ssh("docker run --rm tiny true").returncode == 0


@pytest.mark.slow
def test_containers_of_ctr_see_the_gpu_by_nvidias_runtime_and_not_unasked(older: Containerd) -> None:
    older.converge(**OLDER)
    assert older.ctr_sees_gpu("--runc-binary /usr/bin/nvidia-container-runtime", "--env NVIDIA_VISIBLE_DEVICES=all")
    assert older.ctr_sees_gpu("--gpus 0")
    assert not older.ctr_sees_gpu()


@pytest.mark.slow
def test_a_run_that_was_cut_off_before_the_restart_is_finished_by_the_next(older: Containerd) -> None:
    older.converge(**DEBIANS)
    older.host.ssh(
        "printf '#!/bin/sh\\nexit 1\\n' >/root/no; chmod 755 /root/no; mount --bind /root/no /usr/bin/timeout"
    )
    try:
        assert older.apply_toolkit(**OLDER).code
    finally:
        older.host.ssh("umount /usr/bin/timeout")
    pid, processes = older.containerd, older.processes
    assert RUN in older.converge(**OLDER)
    assert older.containerd != pid
    assert older.processes == processes
    assert older.converge(**OLDER) == []


@pytest.mark.slow
def test_what_moves_away_is_found_and_mended_and_what_makes_no_difference_restarts_nothing(older: Containerd) -> None:
    older.converge(**OLDER)
    pid = older.containerd
    older.host.ssh(f"echo '# note' >>{CONFIG}; touch {CONFIG} {DROP_IN}")
    assert older.converge(**OLDER) == []
    older.host.ssh(f"rm {DROP_IN}; sed -i /^imports/d {CONFIG}")
    assert older.converge(**OLDER) == [GIVE, READ]
    assert older.containerd == pid, "it has never run with anything else"
    older.host.ssh(f"rm {DROP_IN}; systemctl restart containerd")
    assert older.converge(**OLDER) == [GIVE, RUN]
    section = '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]\\nSystemdCgroup = true\\n'
    older.host.ssh(f"printf '{section}' >>{CONFIG}")
    assert older.converge(**OLDER) == [GIVE, RUN]
    assert older.host.ssh(f"grep -c 'SystemdCgroup = true' {DROP_IN}").stdout == "2\n"


@pytest.mark.slow
def test_a_file_without_a_version_in_which_cri_is_on_gets_one_of_version_1_beside_it(older: Containerd) -> None:
    older.converge(**DEBIANS)
    older.host.ssh(f"cp -p {CONFIG} /root/kept; printf '# mine\n[debug]\n' >{CONFIG}; systemctl restart containerd")
    try:
        assert older.converge(**OLDER) == [GIVE, READ, RUN]
        started = older.host.ssh(STARTED_WITH).stdout
        assert "nvidia-container-runtime" in started
        assert "runc:{Type:io.containerd.runc.v2" in started
        assert older.converge(**OLDER) == []
        older.converge(**DEBIANS)
        assert older.config == "# mine\n[debug]\n"
    finally:
        older.host.ssh(f"cp -p /root/kept {CONFIG}; systemctl restart containerd")


@pytest.mark.slow
def test_what_a_file_behind_ours_takes_away_again_is_refused_with_the_reason(older: Containerd) -> None:
    older.converge(**DEBIANS)
    section = 'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\nconfig_path = "/r"\n'
    first = 'imports = ["/etc/containerd/conf.d/*.toml", "/etc/containerd/last.toml"]'
    older.host.ssh(
        f"cp -p {CONFIG} /root/kept; sed -i '1i {first}' {CONFIG}; printf '{section}' >/etc/containerd/last.toml"
    )
    older.host.ssh("systemctl restart containerd")
    pid = older.containerd
    try:
        applied = older.apply_toolkit(**OLDER)
        assert applied.code == 1
        assert "a runtime nvidia with the program (none)" in applied.output
        assert older.containerd == pid
    finally:
        older.host.ssh(f"cp -p /root/kept {CONFIG}; rm /etc/containerd/last.toml; systemctl restart containerd")
    older.converge(**DEBIANS)


@pytest.mark.slow
def test_a_containerd_that_does_not_start_with_our_file_runs_without_it(older: Containerd) -> None:
    older.converge(**DEBIANS)
    unit = "/run/systemd/system/containerd.service.d/no.conf"
    write = f"printf '[Service]\nExecStartPre=test ! -e {DROP_IN}\n' >{unit}"
    older.host.ssh(f"mkdir -p {unit.rpartition('/')[0]}; {write}; systemctl daemon-reload")
    processes = older.processes
    try:
        applied = older.apply_toolkit(**OLDER)
        assert applied.code == 1
        assert "containerd did not start with" in applied.output
        assert older.host.ssh("systemctl is-active containerd").stdout == "active\n"
        assert older.host.ssh("docker run --rm tiny true").returncode == 0
        assert older.processes == processes
    finally:
        older.host.ssh(f"rm {unit}; systemctl daemon-reload")
    assert older.converge(**OLDER) == [GIVE, RUN]


@pytest.mark.slow
def test_the_default_runtime_of_both_daemons_is_the_declared_one_on_off_and_on_again(older: Containerd) -> None:
    going_on = older.container
    for default in (True, False, True, False):
        declared = {**OLDER, "nvidia_container_toolkit_default_runtime": default}
        older.converge(**declared)
        name = "nvidia" if default else "runc"
        assert f"DefaultRuntimeName:{name} " in older.host.ssh(STARTED_WITH).stdout
        assert older.info("{{.DefaultRuntime}}") == name
        unasked = older.host.ssh(f"{DOCKER} nvidia-smi -L", check=False)
        assert ("Simulated GPU" in unasked.stdout) == default, unasked.stderr
        assert older.converge(**declared) == []
    assert older.container == going_on


@pytest.mark.slow
def test_off_again_containerd_runs_without_it_and_its_file_is_as_it_was(older: Containerd) -> None:
    older.converge(**DEBIANS)
    before, processes = older.config, older.processes
    older.converge(**OLDER)
    assert older.converge(**DEBIANS) == OFF
    assert older.config == before
    assert "nvidia" not in older.host.ssh(STARTED_WITH).stdout
    assert older.processes == processes
    assert older.converge(**DEBIANS) == []


SECRETS = ("hunter2", "Y2k6aHVudGVyMg==", "a-token")
"""A password, that with its user name as Docker encodes both, and what a registry gives for them."""
ENCODED = "aHVudGVy[M]|h1bnRlc[j]|odW50ZXI[y]"
"""That password within a text that is encoded so, wherever it stands; it does not match itself in the log of sudo."""
REGISTRY = f"""
[plugins."io.containerd.grpc.v1.cri".registry.configs."r.example.org".auth]
  username = "ci"
  password = "{SECRETS[0]}"
  auth = "{SECRETS[1]}"
  identitytoken = "{SECRETS[2]}"
"""


@pytest.mark.slow
def test_credentials_in_a_closed_config_toml_stay_with_root_and_out_of_reports(
    older: Containerd, tmp_path: Path
) -> None:
    older.converge(**DEBIANS)
    older.host.ssh(f"cp -p {CONFIG} /root/kept; cat >>{CONFIG}; chmod 600 {CONFIG}", stdin=REGISTRY)
    older.host.ssh("systemctl restart containerd")
    before, mode = older.config, f"stat -c '%a %U:%G' {CONFIG} {DROP_IN}"
    try:
        assert secretly_found(older, tmp_path, **OLDER)["diff"].count('"***"') == 4
        assert older.converge(**OLDER) == [GIVE, READ, RUN]
        assert older.host.ssh(f"journalctl -q -o cat | grep -cE '{ENCODED}'", check=False).stdout == "0\n"
        holding = f"grep -rlF -e {' -e '.join(SECRETS)} /etc/containerd /var/lib/gpufleet | xargs stat -c '%a %U:%G'"
        assert older.host.ssh(holding).stdout == "600 root:root\n" * 2, "config.toml and ours, which repeats it"
        assert older.converge(**OLDER) == []
        pid = older.containerd
        older.host.ssh(f"chmod 644 {DROP_IN}")
        assert secretly_found(older, tmp_path, **OLDER)["observed"] == "mode 644, owner root:root"
        assert older.converge(**OLDER) == [GIVE]
        assert older.host.ssh(mode).stdout == "600 root:root\n" * 2
        assert older.containerd == pid
        older.host.ssh(f"sed -i 's/hunter2/{SECRETS[2]}/' {CONFIG}")
        assert secretly_found(older, tmp_path, **OLDER)["observed"] == "another content"
        older.host.ssh(f"sed -i 's/password = .*/password = \"{SECRETS[0]}\"/' {CONFIG}")
        assert secretly_found(older, tmp_path, **DEBIANS)["expected"] == "absent"
        assert older.converge(**DEBIANS) == OFF
        assert older.config == before
        assert older.host.ssh(mode, check=False).stdout == "600 root:root\n"
    finally:
        older.host.ssh(f"cp -p /root/kept {CONFIG}; systemctl restart containerd")


def secretly_found(older: Containerd, folder: Path, **declared: object) -> dict[str, str]:
    """What check finds of our file, in a report that shows no secret in any form."""
    junit = folder / "junit.xml"
    checks = checked(older.lab.inventory([older.host], **declared), "--junit", str(junit))
    assert checks.status == 2, checks.output
    for report in (checks.output, json.dumps(checks.document), junit.read_text()):
        assert not [secret for secret in SECRETS if secret in report]
    found = checks.hosts[older.host.name]["findings"]
    ours = [dict(each) for each in found if each["resource"] == DROP_IN]
    assert len(ours) == 1, checks.words
    return ours[0]


@pytest.mark.slow
def test_what_containerd_runs_with_is_not_forgotten_while_its_files_cannot_be_read(older: Containerd) -> None:
    older.converge(**DEBIANS)
    older.host.ssh(f"cp -p {CONFIG} /root/kept")
    older.converge(**OLDER)
    broken = "/etc/containerd/last.toml"
    older.host.ssh(f"sed -i 's|^imports = .|&\"{broken}\", |' {CONFIG}; echo 'root = = 1' >{broken}")
    try:
        applied = older.apply_toolkit(**DEBIANS)
        assert applied.code == 1
        assert "a configuration that `containerd config dump` can read" in applied.output
        older.host.ssh(f": >{broken}")
        assert older.converge(**DEBIANS) == OFF[1:]
        assert "nvidia" not in older.host.ssh(STARTED_WITH).stdout
    finally:
        older.host.ssh(f"cp -p /root/kept {CONFIG}; rm {broken}; systemctl restart containerd")
    older.converge(**DEBIANS)


USERS = """version = {version}
# mine, and none of this is to move
[plugins."{cri}".containerd]
  default_runtime_name = "mine"  # of my own
  [plugins."{cri}".containerd.runtimes.mine]
    runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.gc.v1.scheduler"]
  pause_threshold = 0.05
"""
CRI = {2: "io.containerd.grpc.v1.cri", 3: "io.containerd.cri.v1.runtime"}


@pytest.mark.slow
def test_an_older_containerd_keeps_what_its_user_says_elsewhere_in_the_file(older: Containerd) -> None:
    older.converge(**DEBIANS)
    older.host.ssh(f"cp -p {CONFIG} /root/kept")
    try:
        users_own_is_kept(older, USERS.format(version=2, cri=CRI[2]), **DEBIANS)
        users_own_is_kept(older, older.host.ssh("containerd config default").stdout, **DEBIANS)
    finally:
        older.host.ssh(f"cp -p /root/kept {CONFIG}; systemctl restart containerd")


@pytest.mark.slow
@pytest.mark.parametrize("version", [2, 3])
def test_a_newer_containerd_keeps_it_too(newer: Containerd, version: int) -> None:
    users_own_is_kept(newer, USERS.format(version=version, cri=CRI[version]))


@pytest.mark.slow
def test_a_newer_containerd_keeps_all_its_defaults_written_out(newer: Containerd) -> None:
    users_own_is_kept(newer, newer.host.ssh("containerd config default").stdout)


def users_own_is_kept(containerd: Containerd, text: str, **declared: object) -> None:
    """Comments, order, other plugins and a default runtime: in the file, and in what containerd makes of it."""
    containerd.host.ssh(f"cat >{CONFIG}; systemctl restart containerd", stdin=text)
    of_its_own, going_on = '"mine"' in text, containerd.container
    dump = containerd.host.ssh(DUMP).stdout
    assert containerd.converge(**declared, **ON) == [GIVE, READ, RUN]
    assert containerd.config.replace(f"{IMPORT}\n", "") == text or "imports" in text
    assert lost(dump, containerd.host.ssh(DUMP).stdout) <= {"imports", "enable_cdi", "sandbox_mode"}
    started = re.sub(r'[\\\\"]', "", containerd.host.ssh(STARTED_WITH).stdout).lower()
    assert "binaryname:/usr/bin/nvidia-container-runtime" in started
    assert f"defaultruntimename:{'mine' if of_its_own else 'runc'}" in started
    files = containerd.files
    assert containerd.converge(**declared, **ON) == []
    asked = containerd.apply_toolkit(**declared, **ON, nvidia_container_toolkit_default_runtime=True)
    assert ("default_runtime_name is mine" in asked.output) == of_its_own
    assert (containerd.files == files) == of_its_own
    assert bool(asked.code) == of_its_own
    containerd.converge(**declared)
    assert containerd.config == text
    assert containerd.container == going_on


def lost(before: str, after: str) -> set[str]:
    """The names of what containerd makes of its files, and no longer does."""
    return {line.partition("=")[0].strip() for line in set(before.splitlines()) - set(after.splitlines())}


@pytest.mark.slow
def test_a_removal_takes_it_back_too(older: Containerd) -> None:
    older.converge(**DEBIANS)
    before, going_on = older.config, older.container
    older.converge(**OLDER)
    done = removed(older.lab.inventory([older.host], **OLDER))
    assert done.status in (0, 2), done.output
    assert older.config == before
    assert older.host.ssh(f"ls {DROP_IN} /usr/bin/nvidia-ctk", check=False).stdout == ""
    assert "nvidia" not in older.host.ssh(STARTED_WITH).stdout
    assert older.container == going_on


@pytest.mark.slow
@pytest.mark.parametrize("given", ["", "version = 3\n# mine\n", None])
def test_a_newer_containerd_takes_files_of_version_3_and_its_ctr_takes_cdi_devices(
    newer: Containerd, given: str | None
) -> None:
    write = f"rm -f {CONFIG}" if given is None else f"printf '{given}' >{CONFIG}"
    newer.host.ssh(f"{write}; rm -rf /etc/containerd/conf.d; systemctl restart containerd")
    processes = newer.processes
    assert newer.converge(**ON)[:2] == [GIVE, READ]
    assert "nvidia-container-runtime" in newer.host.ssh(STARTED_WITH).stdout
    assert newer.ctr_sees_gpu("--device nvidia.com/gpu=all")
    assert newer.ctr_sees_gpu("--runc-binary /usr/bin/nvidia-container-runtime", "--env NVIDIA_VISIBLE_DEVICES=all")
    assert newer.converge(**ON) == []
    assert newer.converge() == OFF
    assert newer.host.ssh(f"cat {CONFIG}", check=False).stdout == (given or "")
    assert newer.processes == processes


@pytest.fixture(scope="module")
def newer(lab: Lab) -> Iterator[Containerd]:
    """A containerd 2."""
    host = lab.host(kind="debian-testing-docker")
    host.install_gpu()
    containerd = Containerd(lab, host)
    containerd.converge()
    containerd.run_container()
    host.ssh(IMPORT_IMAGE)
    yield containerd
    host.destroy()
