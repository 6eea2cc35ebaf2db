"""`gpufleet verify` on hosts that are unusual and right: it passes there, and does not miss what is wrong besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.verify import troubled, verify
from tests.lab import product

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

SANDBOX = ("tests/verify/test_sandbox.py", "tests/verify/test_sandbox_gpus.py")
SPEC = "/var/run/cdi/nvidia.yaml"
APART = "sed -i 's,containerPath: /usr/bin/nvidia-smi,containerPath: /usr/local/nvidia/bin/nvidia-smi,'"
"""Puts the driver's programs into a folder that is in no PATH."""
SEES = "test_each_sees_the_gpus_that_it_asks_for"
DECLARED: dict[str, dict[str, object]] = {
    "asks": {"gpu_request": "cdi", "shm_size": "64m"},
    "plain": {"gpus": "none", "shm_size": "64m", "mounts": ["/srv/my data:/my data:ro"]},
}
WORKSPACE = "/home/ops/asks"


@pytest.fixture(scope="module")
def host(lab: Lab, gpu_converged_snapshot: str) -> Iterator[LabHost]:
    """A host with a driver in a folder of its own, and the sandboxes above."""
    host = lab.host(from_snapshot=gpu_converged_snapshot)
    host.ssh(f"{APART} {SPEC} && mkdir -p '/srv/my data'")
    applied = product.apply(lab.inventory([host], sandbox_containers=DECLARED))
    assert applied.status == 0, applied.output
    host.ssh("docker cp /usr/bin/nvidia-smi plain:/usr/local/bin/nvidia-smi")
    yield host
    host.destroy()


@pytest.fixture(scope="module")
def inventory(lab: Lab, host: LabHost) -> Path:
    return lab.inventory([host], sandbox_containers=DECLARED)


def test_a_driver_in_a_folder_of_its_own_is_found_in_containers(inventory: Path) -> None:
    done = verify(inventory, "tests/verify/test_nvidia_container_toolkit_container.py", *SANDBOX)
    assert done.status == 0, done.output


def test_a_driver_in_a_folder_of_its_own_shows_where_none_is_asked_for(lab: Lab, host: LabHost) -> None:
    none = {**DECLARED, "asks": {**DECLARED["asks"], "gpus": "none"}}
    done = verify(lab.inventory([host], sandbox_containers=none), *SANDBOX, "-k", SEES)
    assert troubled(done) == {SEES}, done.output
    assert "AssertionError: asks: GPU 0" in done.output


class Unusual(NamedTuple):
    """What is done to the host, how it is undone, and which tests have to pass all the same."""

    change: str
    undo: str
    run: tuple[str, ...]


PLANTED = f"for name in json statistics numpy; do echo 'raise SystemExit(name)' >{WORKSPACE}/$name.py; done"
FOREIGN = "docker context create other --docker host=unix:///run/other.sock && docker context use other"
NATIVE = "docker context use default && docker context rm other"
UNUSUAL = {
    "modules in the workspace": Unusual(
        PLANTED, f"rm {WORKSPACE}/*.py", ("tests/verify/test_gpu.py", "tests/verify/test_platform.py")
    ),
    "another daemon in root's context": Unusual(FOREIGN, NATIVE, ("-k", "sandbox")),
    "another daemon in root's context, wherever containers are run": Unusual(
        FOREIGN, NATIVE, ("-k", "container or image")
    ),
}
SLOW = {"another daemon in root's context, wherever containers are run"}


@pytest.mark.parametrize(
    "unusual", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in UNUSUAL]
)
def test_what_is_unusual_is_no_failure(host: LabHost, inventory: Path, unusual: str) -> None:
    change, undo, run = UNUSUAL[unusual]
    host.ssh(change)
    done = verify(inventory, *run)
    host.ssh(undo)
    assert done.status == 0, done.output
