"""The CUDA image: which CUDA, what is refused before anything changes, what goes into the build."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.files import FileState
from gpufleet.facts.image_building import Building
from gpufleet.images.recipe import content_hash
from gpufleet.operations.image_commands import no_space
from gpufleet.platform import Access, Gpu, Platform, RootAccess
from gpufleet.settings import SettingsError, load
from roles.cuda_image import context, verdict
from roles.cuda_image.bases import WORKING, objection
from roles.cuda_image.declared import declared_images, held_back
from roles.cuda_image.major import choose, in_use_without_docker
from roles.cuda_image.settings import CudaImageSettings
from tests.unit.hosts import BARE

if TYPE_CHECKING:
    from pathlib import Path


def gpu(driver: str = "580.159.04", capability: str | None = "9.0") -> Gpu:
    return Gpu(name="NVIDIA T", uuid="GPU-1", driver_version=driver, compute_capability=capability)


def host(*gpus: Gpu, **changes: Any) -> Platform:
    return replace(BARE, gpus=gpus, **changes)


@pytest.mark.parametrize(
    ("gpus", "in_use", "major"),
    [
        ([gpu()], [], 13),
        ([gpu("580.65.06", "7.5")], [], 13),
        ([gpu("579.99")], [], 12),
        ([gpu("525.60.13")], [], 12),
        ([gpu(capability="7.0")], [], 12),
        ([gpu(capability=None)], [], 12),
        ([gpu(), gpu(capability="7.0")], [], 12),
        ([gpu(), gpu("570.1")], [], 12),
        ([gpu(capability="12.0")], [], 13),
        ([gpu()], [12], 12),
        ([gpu()], [12, 13], 12),
        ([gpu()], [13, 12], 13),
        ([gpu("570.1")], [13], 12),
        ([gpu()], None, 12),
        ([], [13], None),
    ],
)
def test_auto_takes_13_only_where_all_gpus_can_and_the_host_does_not_work_with_12(
    gpus: list[Gpu], in_use: list[int] | None, major: int | None
) -> None:
    assert choose("auto", gpus, "auto", in_use).major == major


def test_a_host_on_which_nothing_was_built_may_take_13_although_its_docker_is_stopped() -> None:
    remembered = [None, *(FileState(text, "644", "root:root") for text in (b"gpufleet/cuda:12-0a\n", b"x\n"))]
    assert [in_use_without_docker(last) for last in remembered] == [[], [12], None]
    assert in_use_without_docker(FileState(b"gpufleet/cuda:13-0a\n", "644", "root:root")) == [13]
    assert in_use_without_docker(Unreadable("no")) is None


@pytest.mark.parametrize(
    ("driver", "in_use", "data", "said"),
    [
        ("580.1", [12], {}, "the host works with CUDA 12; cuda_image_cuda: 13 moves it"),
        ("580.1", None, {}, "Docker cannot be asked which CUDA the host works with"),
        ("580.1", [], {}, None),
        ("580.1", [12], {"cuda_image_cuda": 12}, None),
        ("570.1", [12], {}, None),
    ],
)
def test_a_person_is_told_when_a_driver_for_13_gets_12(
    driver: str, in_use: list[int] | None, data: dict[str, object], said: str | None
) -> None:
    platform = host(gpu(driver))
    access = Access(uid=0, user="root", root_access=RootAccess.ROOT)
    own = declared_images(data, platform, access, in_use)[None]
    assert own.image
    assert held_back(data, platform, own) == (said and f"CUDA image: CUDA 12, since {said}.")


@pytest.mark.parametrize(
    ("docker", "store", "refused"),
    [(9, None, None), (1, None, "/var/lib/docker"), (9, 1, "/var/lib/containerd"), (9, 9, None)],
)
def test_a_build_needs_room_in_each_folder_that_keeps_it(docker: int, store: int | None, refused: str | None) -> None:
    building = Building(store="/var/lib/containerd" if store else None, store_free_bytes=store)
    found = no_space("x:1", host(docker_root_free_bytes=docker), building, 5)
    assert (found and found.resource) == refused


def test_the_reason_names_the_gpu_that_is_in_the_way() -> None:
    assert choose("auto", [gpu(capability="7.0")], "auto", []).why == (
        "CUDA 13 needs compute capability 7.5, NVIDIA T has 7.0"
    )
    assert choose("auto", [gpu("570.1")], "auto", []).why == "CUDA 13 needs driver 580, NVIDIA T has 570.1"


def test_a_declared_major_needs_no_gpu_and_minds_no_habit() -> None:
    assert choose(13, [], "none", None).major == 13
    assert choose(13, [gpu()], "auto", [12]).major == 13
    assert choose("auto", [gpu()], "none", []).major is None


@pytest.mark.parametrize(
    ("gpus", "data", "said"),
    [
        ([gpu("515.1")], {}, "CUDA 12 needs driver 525, NVIDIA T has 515.1"),
        ([gpu("515.1")], {"cuda_image_cuda": 13}, "CUDA 13 needs driver 580, NVIDIA T has 515.1"),
        ([gpu("570.1")], {"cuda_image_cuda": 13}, "CUDA 13 needs driver 580, NVIDIA T has 570.1"),
        ([gpu(capability="7.0")], {"cuda_image_cuda": 13}, "CUDA 13 needs compute capability 7.5, NVIDIA T has 7.0"),
    ],
)
def test_gpus_that_the_declared_cuda_does_not_know_are_refused(
    gpus: list[Gpu], data: dict[str, object], said: str
) -> None:
    (found,) = verdict.refusals(host(*gpus), data)
    assert (found.refused, found.observed) == (True, said)


def test_the_way_out_names_the_older_cuda_only_where_that_works() -> None:
    (with_12,) = verdict.refusals(host(gpu("570.1")), {"cuda_image_cuda": 13})
    (without,) = verdict.refusals(host(gpu("515.1")), {"cuda_image_cuda": 13})
    assert with_12.remedy == "Install NVIDIA driver 580 or newer, or set cuda_image_cuda: 12."
    assert without.remedy == "Install NVIDIA driver 580 or newer."
    (volta,) = verdict.refusals(host(gpu(capability="7.0")), {"cuda_image_cuda": 13})
    assert volta.remedy == "Set cuda_image_cuda: 12 or auto."


@pytest.mark.parametrize(
    ("gpus", "data"),
    [
        ([gpu("515.1")], {"platform_gpu": "none"}),
        ([], {"cuda_image_cuda": 13}),
        ([gpu(capability="7.0")], {}),
        ([gpu("525.60.13")], {}),
    ],
)
def test_what_can_work_is_not_refused(gpus: list[Gpu], data: dict[str, object]) -> None:
    assert list(verdict.refusals(host(*gpus), data)) == []


def test_a_person_is_told_why_there_is_no_image_or_an_older_cuda() -> None:
    (none,) = verdict.notices(host(), {})
    assert "no GPU is seen" in none
    assert "cuda_image_cuda: 12 or 13" in none
    (older,) = verdict.notices(host(gpu(capability="7.0")), {})
    assert older == "CUDA image: CUDA 12, since CUDA 13 needs compute capability 7.5, NVIDIA T has 7.0."
    for gpus, data in (
        ([], {"platform_gpu": "none"}),
        ([], {"cuda_image_cuda": 12}),
        ([gpu()], {}),
        ([gpu("570.1")], {}),
    ):
        assert list(verdict.notices(host(*gpus), data)) == []  # an older driver is no surprise


@pytest.mark.parametrize(
    "base",
    [
        "debian:bullseye",
        "debian:11-slim",
        "registry.example:5000/library/debian:10",
        "ubuntu:22.04",
        "ubuntu:jammy-20240101",
        "nvidia/cuda:12.9.1-runtime-ubuntu22.04",
        "nvcr.io/nvidia/cuda:12.9.1-devel-ubuntu20.04",
        "python:3.10-slim",
        "python:3.9",
        "python:3.15-slim",
        "alpine:3.22",
        "python:3.12-alpine",
        "python:3.12-alpine3.22",
        "registry.example:5000/x:alpine-3",
        "fedora",
        "nvidia/cuda:13.0.0-base-ubi9",
    ],
)
def test_bases_that_are_known_not_to_work_are_refused_before_a_host_is_touched(base: str) -> None:
    with pytest.raises(SettingsError, match=r"cuda_image_base: .*Bases that work: debian:bookworm"):
        load(CudaImageSettings, {"cuda_image_base": base})


@pytest.mark.parametrize(
    "base",
    [
        *WORKING,
        "debian:trixie-slim",
        "debian:stable",
        "debian",
        "debian@sha256:" + "a" * 64,
        "python:3.11-slim",
        "python:3.14",
        "nvidia/cuda:13.0.0-runtime-ubuntu24.04",
        "nvcr.io/nvidia/pytorch:25.08-py3",
        "nvcr.io/nvidia/pytorch:26.01-rubin",
        "reg:5000/x:cubic",
        "registry.example:5000/team/base:11",
        "mydebian:11",
    ],
)
def test_other_bases_are_tried(base: str) -> None:
    assert objection(base) is None
    assert load(CudaImageSettings, {"cuda_image_base": base}).base == base


@pytest.mark.parametrize(
    "data",
    [
        {"cuda_image_cuda": 11},
        {"cuda_image_base": "debian:trixie --privileged"},
        {"cuda_image_base": "-v"},
        {"cuda_image_apt_packages": ["git;reboot"]},
        {"cuda_image_apt_packages": ["--allow-unauthenticated"]},
        {"cuda_image_requirements": "/nowhere/requirements.txt"},
        {"cuda_image_uid": -1},
        {"cuda_image_user": "a b"},
    ],
)
def test_what_would_do_something_else_than_was_meant_is_an_error(data: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=next(iter(data))):
        load(CudaImageSettings, data)


@pytest.mark.parametrize("line", ["-r other.txt", "-rother.txt", "--requirement=other.txt", "-c x", "  -e."])
def test_requirements_that_need_other_files_are_an_error(tmp_path: Path, line: str) -> None:
    (tmp_path / "own.txt").write_text(f"torch\n{line}\n")
    with pytest.raises(SettingsError, match="names a file that the build does not have"):
        load(CudaImageSettings, {"cuda_image_requirements": str(tmp_path / "own.txt")})


def test_a_package_may_be_of_another_architecture() -> None:
    names = ["libfoo:arm64", "git:amd64=1:2.47.3-0+deb13u1"]
    assert load(CudaImageSettings, {"cuda_image_apt_packages": names}).apt_packages == names


def test_cuda_may_be_written_with_quotes() -> None:
    assert load(CudaImageSettings, {"cuda_image_cuda": "13"}).cuda == 13


def digest(major: int = 12, uid: int = 1000, gid: int = 1000, **data: object) -> str:
    return content_hash(context.recipe(load(CudaImageSettings, data), major, uid, gid))


def test_every_declared_input_makes_another_image(tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("rich\n")
    named = digest(cuda_image_requirements=str(own))
    own.write_text("rich==14.0\n")
    all_of_them = [
        digest(),
        digest(major=13),
        digest(uid=1001),
        digest(gid=1001),
        digest(cuda_image_variant="devel"),
        digest(cuda_image_base="debian:trixie"),
        digest(cuda_image_apt_packages=["git"]),
        digest(cuda_image_user="me"),
        named,
        digest(cuda_image_requirements=str(own)),
    ]
    assert len(set(all_of_them)) == len(all_of_them)


def test_what_changes_nothing_in_the_image_changes_no_name(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    assert digest(cuda_image_requirements=str(tmp_path / "empty.txt")) == digest()
    assert digest(cuda_image_keep=5) == digest()
    assert digest(cuda_image_apt_packages=["git", "vim"]) == digest(cuda_image_apt_packages=["vim", "git", "git"])


def test_an_edited_file_of_the_build_makes_another_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in context.FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = digest()
    monkeypatch.setattr(context, "FOLDER", tmp_path)
    assert digest() == before
    for name in (*context.SAME_FOR_ALL, "requirements-cuda12.lock"):
        (tmp_path / name).write_text((tmp_path / name).read_text() + "\n# edited\n")
        assert digest() != before, name
        before = digest()
    (tmp_path / "requirements-cuda13.lock").write_text("")
    assert digest() == before, "the other CUDA's lock is no part of it"


def test_a_lean_image_is_named_as_before_there_was_another_variant() -> None:
    """Bundles that were gathered and figures that were measured name it; an edit that is meant changes this line."""
    assert digest(major=13).startswith("88d0a78cca82")
    assert digest(major=13, cuda_image_variant="lean") == digest(major=13)


def test_an_edited_file_of_the_variant_devel_leaves_the_lean_image_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(context.FOLDER, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(context, "FOLDER", tmp_path)
    for name in ("devel.Dockerfile", "devel.sh"):
        lean, devel = digest(), digest(cuda_image_variant="devel")
        (tmp_path / name).write_text((tmp_path / name).read_text() + "\n# edited\n")
        assert digest() == lean
        assert digest(cuda_image_variant="devel") != devel


def test_the_variant_devel_stands_between_the_packages_and_the_user() -> None:
    made = context.recipe(load(CudaImageSettings, {"cuda_image_variant": "devel"}), 13, 1000, 1000)
    stages = [line for line in made.files["Dockerfile"].splitlines() if line.startswith("FROM ")]
    assert stages == ["FROM ${BASE} AS packages", "FROM packages AS devel", "FROM devel"]


def test_the_functions_that_the_variant_devel_takes_from_another_script_do_nothing_by_themselves() -> None:
    functions, begin, _ = (context.FOLDER / "system.sh").read_text().partition("\n[ -x ")
    assert begin
    assert {"apt_get() {", "update() {", "clean() {"} <= set(functions.splitlines())
    assert functions.endswith("\n}\n")


def test_the_build_needs_no_frontend_from_a_registry() -> None:
    assert "syntax=" not in (context.FOLDER / "Dockerfile").read_text()


@pytest.mark.parametrize("major", [12, 13])
def test_the_locks_hold_hashes_for_everything_and_no_address(major: int) -> None:
    lock = (context.FOLDER / f"requirements-cuda{major}.lock").read_text()
    assert "://" not in lock
    requirements = [line for line in lock.splitlines() if line and not line.startswith(("#", " "))]
    assert requirements
    assert all("==" in line and line.endswith("\\") for line in requirements)


def test_labels_tell_role_content_and_cuda() -> None:
    made = context.recipe(load(CudaImageSettings, {}), 12, 1000, 1000)
    assert context.labels(made, 12) == {
        "gpufleet.image": "cuda_image",
        "gpufleet.content": content_hash(made),
        "gpufleet.cuda": "12",
    }
    assert context.image_reference(made, 12) == f"gpufleet/cuda:12-{content_hash(made)[:12]}"
