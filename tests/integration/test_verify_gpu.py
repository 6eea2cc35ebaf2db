"""`gpufleet verify` on a host with a simulated GPU: what ran on the simulator never counts, and each breakage shows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.daemon import RESTART
from tests.integration.verify import troubled, verify
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

TOOLKIT = ("tests/verify/test_nvidia_container_toolkit.py",)
IN_CONTAINERS = "tests/verify/test_nvidia_container_toolkit_container.py"
SANDBOX = ("tests/verify/test_sandbox.py", "tests/verify/test_sandbox_gpus.py")
GPU = ("tests/verify/test_gpu.py",)
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
KERNELS = (CHECKOUT / "files" / "gpu" / "kernels.py").read_text(encoding="utf-8")
SIMULATED = "skipped (simulated, result right)"


@pytest.fixture(scope="module")
def host(lab: Lab, gpu_converged_snapshot: str) -> Iterator[LabHost]:
    """A converged host with a GPU; each test here mends what it broke."""
    host = lab.host(from_snapshot=gpu_converged_snapshot)
    yield host
    host.destroy()


@pytest.fixture(scope="module")
def inventory(lab: Lab, host: LabHost) -> Path:
    return lab.inventory([host])


def test_a_converged_host_passes_but_for_what_was_simulated_and_is_left_as_it_was(
    host: LabHost, inventory: Path
) -> None:
    listing = (
        "docker ps -a --no-trunc --format '{{.ID}} {{.Names}}'; docker images -aq; docker diff python_sandbox | sort; "
        "docker inspect --format '{{.State.StartedAt}}' python_sandbox; pidof dockerd; "
        "ls -A /home/ops/python_sandbox /tmp"
    )
    before = host.ssh(listing).stdout
    done = verify(inventory)
    assert done.status == 0, done.output
    assert f"{host.name}  " in done.output
    assert re.search(rf"^{host.name}  \d\d passed, \d skipped, 1 {re.escape(SIMULATED)}$", done.output, re.MULTILINE)
    assert re.search(r"^ +--runtime=nvidia brings GPUs into containers by CDI$", done.output, re.MULTILINE)
    assert re.search(r"^ +python_sandbox asks for GPUs by runtime and gets them by CDI$", done.output, re.MULTILINE)
    assert host.ssh(listing).stdout == before


def test_nothing_is_verified_where_all_was_simulated(inventory: Path) -> None:
    done = verify(inventory, *GPU)
    assert f"1 {SIMULATED}, nothing verified" in done.output, done.output
    assert done.status == 1


def test_where_a_gpu_is_required_the_simulator_does_not_do(lab: Lab, host: LabHost) -> None:
    done = verify(lab.inventory([host], platform_gpu="required"), *GPU)
    assert troubled(done) == {"test_kernels_compute_the_right_result"}, done.output
    assert SIMULATED not in done.output
    assert done.status == 2


def test_what_the_readme_says_of_a_sandbox_can_be_typed(host: LabHost) -> None:
    (kernels,) = re.findall(r"^    (docker exec .*?)(?:  +#.*)?$", README, re.MULTILINE)
    host.ssh("mkdir -p files/gpu && cat >files/gpu/kernels.py", stdin=KERNELS)
    in_simulator = kernels.replace("exec -i", "exec -i -e NUMBA_ENABLE_CUDASIM=1")
    assert json.loads(host.ssh(in_simulator).stdout)["ok"]
    host.ssh("rm -r files")


class Breakage(NamedTuple):
    """What is done to a converged host, how it is undone, which tests are run, and which of them have to notice."""

    damage: str
    mend: str
    run: tuple[str, ...]
    noticed_by: set[str]


SPEC = "/var/run/cdi/nvidia.yaml"
DAEMON_JSON = "/etc/docker/daemon.json"
RUN = (
    "docker run --detach --tty --init --name python_sandbox --restart unless-stopped --runtime nvidia "
    "--env NVIDIA_VISIBLE_DEVICES=all --env NVIDIA_DRIVER_CAPABILITIES=compute,utility "
    "--volume /home/ops/python_sandbox:/app --entrypoint sleep {options} "
    "$(docker inspect --format '{{{{.Config.Image}}}}' kept) infinity"
)
ASIDE = "docker stop python_sandbox && docker rename python_sandbox kept && "
BACK = "docker rm -f python_sandbox && docker rename kept python_sandbox && docker start python_sandbox"
ATOMIC = "$(docker exec python_sandbox find /opt/venv -path '*/numba_cuda/*/simulator/kernelapi.py')"
INSIDE = {
    "test_the_workspace_is_the_hosts_and_can_be_written_to",
    "test_every_mount_shows_inside",
    "test_shared_memory_has_its_size",
    "test_the_user_inside_is_the_declared_one",
    "test_each_sees_the_gpus_that_it_asks_for",
    "test_gpus_come_by_a_mechanism_that_is_named",
}
BREAKAGES = {
    "a package that is not held": Breakage(
        damage="apt-mark unhold libnvidia-container1",
        mend="apt-mark hold libnvidia-container1",
        run=TOOLKIT,
        noticed_by={"test_all_four_packages_are_installed_in_one_version_and_held"},
    ),
    "a runtime that the daemon does not know": Breakage(
        damage=f"cp -a {DAEMON_JSON} /root/ && echo '{{\"live-restore\": true}}' >{DAEMON_JSON} && {{ {RESTART}; }}",
        mend=f"mv /root/daemon.json {DAEMON_JSON} && {{ {RESTART}; }}",
        run=TOOLKIT,
        noticed_by={"test_docker_knows_the_runtime", "test_cdi_is_on_in_docker"},
    ),
    "a CDI specification for another driver": Breakage(
        damage=f"cp -a {SPEC} /root/ && sed -i 's/580[.]159[.]04/570.86.10/' {SPEC}",
        mend=f"mv /root/nvidia.yaml {SPEC}",
        run=(*TOOLKIT, IN_CONTAINERS),
        noticed_by={
            "test_the_cdi_specification_fits_the_driver_and_the_gpus",
            "test_sees_the_gpus_that_it_asks_for",
        },
    ),
    "a unit that does not start at boot": Breakage(
        damage="systemctl disable gpufleet-sandboxes.service",
        mend="systemctl enable gpufleet-sandboxes.service",
        run=(*SANDBOX, "-k", "boot"),
        noticed_by={"test_those_that_docker_could_not_start_are_started_at_every_boot"},
    ),
    "a sandbox that was stopped": Breakage(
        damage="docker stop python_sandbox",
        mend="docker start python_sandbox",
        run=SANDBOX,
        noticed_by={"test_every_declared_sandbox_runs", *INSIDE},
    ),
    "a sandbox made anew with less shared memory": Breakage(
        damage=ASIDE + RUN.format(options="--shm-size 64m"),
        mend=BACK,
        run=SANDBOX,
        noticed_by={"test_each_is_what_is_declared", "test_shared_memory_has_its_size"},
    ),
    "a sandbox made anew as root": Breakage(
        damage=ASIDE + RUN.format(options="--shm-size 16g --user 0"),
        mend=BACK,
        run=SANDBOX,
        noticed_by={"test_each_is_what_is_declared", "test_the_user_inside_is_the_declared_one"},
    ),
    "a sandbox made anew without a GPU": Breakage(
        damage=ASIDE + RUN.format(options="--shm-size 16g --env NVIDIA_VISIBLE_DEVICES=void"),
        mend=BACK,
        run=SANDBOX,
        noticed_by={
            "test_each_is_what_is_declared",
            "test_each_sees_the_gpus_that_it_asks_for",
            "test_gpus_come_by_a_mechanism_that_is_named",
        },
    ),
    "a kernel whose result is wrong": Breakage(
        damage=f"docker exec --user 0 python_sandbox sed -i.kept 's/array.index. += val$/&+ 1/' {ATOMIC}",
        mend=f"file={ATOMIC}; docker exec --user 0 python_sandbox mv $file.kept $file",
        run=GPU,
        noticed_by={"test_kernels_compute_the_right_result"},
    ),
    "a GPU for programs to open": Breakage(
        damage="touch /dev/nvidia0",
        mend="rm /dev/nvidia0",
        run=GPU,
        noticed_by={"test_kernels_compute_the_right_result"},
    ),
}


SLOW = {"a sandbox made anew as root", "a sandbox made anew without a GPU"}
"""Much like the one before them: a container is made and removed again."""


@pytest.mark.parametrize(
    "breakage", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in BREAKAGES]
)
def test_a_breakage_fails_exactly_its_tests(host: LabHost, inventory: Path, breakage: str) -> None:
    damage, mend, run, noticed_by = BREAKAGES[breakage]
    host.ssh(damage)
    done = verify(inventory, *run)
    host.ssh(mend)
    assert troubled(done) == noticed_by, done.output
    assert done.status == 2
