"""Each image with Python and Numba for CUDA is there as declared, and kernels really compile in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gpufleet.images.recipe import BASE_LABEL, DIGEST_LABEL
from gpufleet.verify import program

if TYPE_CHECKING:
    from testinfra.host import Host

    from gpufleet.verify.fixtures import Inside
    from gpufleet.verify.throwaway import Throwaway
    from roles.cuda_image.declared import DeclaredImage

KERNELS = Path(__file__).parents[2] / "files" / "gpu" / "kernels.py"
CAPABILITIES = ("7.5", "9.0")
"""The oldest that CUDA 12 and 13 both know, and that of an H100. To compile for a GPU none is needed."""
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "TORCH_HOME": "/app/.cache"}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""Those that the locks are for."""


@pytest.fixture(scope="session")
def container(image: DeclaredImage, throwaway: Throwaway, inside: Inside) -> Host:
    """The inside of a container that was made from it for these tests."""
    return inside(throwaway.start(image.reference, "--network=none"))


def test_the_image_was_built_from_what_is_declared(host: Host, image: DeclaredImage) -> None:
    """Its labels say so: an edited Dockerfile, lock or setting asks for another one, under another name."""
    found = host.run("docker image inspect --format '{{json .Config.Labels}}' %s", image.reference)
    assert found.succeeded, f"{found.stderr.strip()}; there are {_others(host)}"
    labels = program.answer(found.rc, found.stdout, found.stderr)
    assert {name: labels.get(name) for name in image.labels} == image.labels
    assert labels[BASE_LABEL] == image.recipe.base
    assert re.search(r"sha256:[0-9a-f]{64}$", labels[DIGEST_LABEL])


def test_the_user_inside_is_the_declared_one(container: Host, image: DeclaredImage) -> None:
    """Not root, unless that was declared: files in a workspace then belong to a person of the host."""
    user = container.user()
    assert (user.uid, user.gid) == (image.uid, image.gid)
    assert container.file(user.home).uid == image.uid


def test_the_user_can_work_where_the_workspace_shows(container: Host) -> None:
    """In /app, also where nothing is mounted there."""
    assert container.check_output("pwd") == "/app"
    assert container.run("touch /app/made /app/.cache/made").succeeded


def test_the_environment_is_set(container: Host) -> None:
    """For programs that run in containers: no bytecode left in workspaces, output at once, caches in the workspace."""
    there = container.environment()
    assert {name: there.get(name) for name in ENVIRONMENT} == ENVIRONMENT
    assert there["PATH"].startswith("/opt/venv/bin:")


def test_python_is_one_that_the_lock_is_for(container: Host) -> None:
    """And the one in the virtual environment comes first."""
    assert container.find_command("python") == "/opt/venv/bin/python"
    assert container.check_output("python --version").removeprefix("Python ").rpartition(".")[0] in PYTHONS


def test_the_locked_packages_are_installed(container: Host, image: DeclaredImage) -> None:
    """Each in its locked version, also beside a requirements file of one's own."""
    lock = image.recipe.files["requirements.lock"]
    locked = {_plain(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE)}
    there = {_plain(name): package["version"] for name, package in container.pip.get_packages().items()}
    assert locked
    assert {name: there.get(name) for name in locked} == locked


def test_kernels_compile_for_old_and_new_gpus(host: Host, image: DeclaredImage, throwaway: Throwaway) -> None:
    """Really, by libNVVM and NVRTC: packages that do not fit each other show here, and not in the simulator."""
    capabilities = [word for capability in CAPABILITIES for word in ("--cc", capability)]
    words = throwaway.words(image.reference, ["python", "-P", "-", "compile", *capabilities], "-i", "--network=none")
    answer = program.run(host, words, KERNELS)
    assert answer["ok"], answer["error"]
    assert {kernel["compute_capability"] for kernel in answer["kernels"]} == set(CAPABILITIES)


def _plain(name: str) -> str:
    """A package's name in the one spelling that PEP 503 has for it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _others(host: Host) -> str:
    """Images of the role that are there."""
    listed = host.check_output("docker images --filter label=gpufleet.image --format '{{.Repository}}:{{.Tag}}'")
    return ", ".join(listed.split()) or "none"
