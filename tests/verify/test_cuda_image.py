"""Each image with Python and Numba for CUDA is there as declared, and kernels really compile in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gpufleet.images.recipe import BASE_LABEL, DIGEST_LABEL
from gpufleet.verify import program

if TYPE_CHECKING:
    from collections.abc import Mapping

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
def containers(images: list[DeclaredImage], throwaway: Throwaway, inside: Inside) -> Mapping[str, Host]:
    """The insides of containers that were made for these tests, one from each image, by its reference."""
    return {image.reference: inside(throwaway.start(image.reference, "--network=none")) for image in images}


def test_the_image_was_built_from_what_is_declared(host: Host, images: list[DeclaredImage]) -> None:
    """Its labels say so: an edited Dockerfile, lock or setting asks for another one, under another name."""
    for image in images:
        found = host.run("docker image inspect --format '{{json .Config.Labels}}' %s", image.reference)
        assert found.succeeded, f"{found.stderr.strip()}; there are {_others(host)}"
        labels = program.answer(found.rc, found.stdout, found.stderr)
        assert {name: labels.get(name) for name in image.labels} == image.labels, image.reference
        assert labels[BASE_LABEL] == image.recipe.base, image.reference
        assert re.search(r"sha256:[0-9a-f]{64}$", labels[DIGEST_LABEL]), image.reference


def test_the_user_inside_is_the_declared_one(images: list[DeclaredImage], containers: Mapping[str, Host]) -> None:
    """Not root, unless that was declared: files in a workspace then belong to a person of the host."""
    for image in images:
        view = containers[image.reference]
        user = view.user()
        assert (user.uid, user.gid) == (image.uid, image.gid), image.reference
        assert view.file(user.home).uid == image.uid, image.reference


def test_the_user_can_work_where_the_workspace_shows(containers: Mapping[str, Host]) -> None:
    """In /app, also where nothing is mounted there."""
    for image, view in containers.items():
        assert view.check_output("pwd") == "/app", image
        assert view.run("touch /app/made /app/.cache/made").succeeded, image


def test_the_environment_is_set(containers: Mapping[str, Host]) -> None:
    """For programs that run in containers: no bytecode left in workspaces, output at once, caches in the workspace."""
    for image, view in containers.items():
        there = view.environment()
        assert {name: there.get(name) for name in ENVIRONMENT} == ENVIRONMENT, image
        assert there["PATH"].startswith("/opt/venv/bin:"), image


def test_python_is_one_that_the_lock_is_for(containers: Mapping[str, Host]) -> None:
    """And the one in the virtual environment comes first."""
    for image, view in containers.items():
        assert view.find_command("python") == "/opt/venv/bin/python", image
        assert view.check_output("python --version").removeprefix("Python ").rpartition(".")[0] in PYTHONS, image


def test_the_locked_packages_are_installed(images: list[DeclaredImage], containers: Mapping[str, Host]) -> None:
    """Each in its locked version, also beside a requirements file of one's own."""
    for image in images:
        lock = image.recipe.files["requirements.lock"]
        locked = {_plain(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE)}
        packages = containers[image.reference].pip.get_packages()
        there = {_plain(name): package["version"] for name, package in packages.items()}
        assert locked
        assert {name: there.get(name) for name in locked} == locked, image.reference


def test_kernels_compile_for_old_and_new_gpus(host: Host, images: list[DeclaredImage], throwaway: Throwaway) -> None:
    """Really, by libNVVM and NVRTC: packages that do not fit each other show here, and not in the simulator."""
    capabilities = [word for capability in CAPABILITIES for word in ("--cc", capability)]
    for image in images:
        program_words = ["python", "-P", "-", "compile", *capabilities]
        words = throwaway.words(image.reference, program_words, "-i", "--network=none")
        answer = program.run(host, words, KERNELS)
        assert answer["ok"], f"{image.reference}: {answer['error']}"
        assert {kernel["compute_capability"] for kernel in answer["kernels"]} == set(CAPABILITIES), image.reference


def _plain(name: str) -> str:
    """A package's name in the one spelling that PEP 503 has for it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _others(host: Host) -> str:
    """Images of the role that are there."""
    listed = host.check_output("docker images --filter label=gpufleet.image --format '{{.Repository}}:{{.Tag}}'")
    return ", ".join(listed.split()) or "none"
