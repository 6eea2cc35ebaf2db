"""Several images on one host: their settings, what each becomes, and what is told of sandboxes that name one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.bundle.chosen import Bundle
from gpufleet.bundle.gather_choice import Choice
from gpufleet.bundle.wanted import Target
from gpufleet.facts.bundle import Copies
from gpufleet.images.named import meant
from gpufleet.images.present import Image, Present
from gpufleet.operations.image_settled import awaited, left_over, unsettled
from gpufleet.platform import Access, Gpu, RootAccess
from gpufleet.settings import SettingsError, load
from gpufleet.stamp import fingerprint
from roles.cuda_image import verdict
from roles.cuda_image.bundled import wanted
from roles.cuda_image.declared import declared_images, in_abeyance, references
from roles.cuda_image.settings import CudaImageSettings
from roles.sandbox import verdict as sandbox_verdict
from roles.sandbox.declared import declared_sandboxes
from roles.sandbox.expected import expected
from roles.sandbox.image_verdict import gone
from tests.unit.hosts import BARE

if TYPE_CHECKING:
    from pathlib import Path

    from gpufleet.images.named import References

ROOT = Access(uid=0, user="root", home="/root", root_access=RootAccess.ROOT)
GPU = Gpu(name="H100", uuid="GPU-1", driver_version="580.1", compute_capability="9.0")
HOST = replace(BARE, gpus=(GPU,), access=ROOT)
MORE = {"devel": {"variant": "devel"}, "pytorch": {"base": "nvcr.io/nvidia/pytorch:25.08-py3", "cuda": 13}}
PLAIN = "gpufleet/cuda:13-88d0a78cca82"
"""The lean image with CUDA 13, as hosts have it that were provisioned before there were others."""


def images(data: dict[str, Any], gpus: tuple[Gpu, ...] = (GPU,), in_use: list[int] | None = None) -> References:
    return references(declared_images(data, replace(HOST, gpus=gpus), ROOT, in_use or []))


def refusal(more: object) -> str:
    with pytest.raises(SettingsError) as error:
        load(CudaImageSettings, {"cuda_image_more": more})
    return str(error.value)


def test_the_image_without_a_name_is_what_it_was_whatever_others_are_declared() -> None:
    assert images({}) == {None: PLAIN}
    several = images({"cuda_image_more": MORE})
    assert list(several) == [None, "devel", "pytorch"]
    assert several[None] == PLAIN
    assert len(set(several.values())) == 3


def test_what_is_left_out_is_as_the_roles_own_variable_says(tmp_path: Path) -> None:
    packages = tmp_path / "requirements.txt"
    packages.write_text("torch\n", encoding="utf-8")
    own = {"cuda_image_apt_packages": ["git"], "cuda_image_requirements": str(packages), "cuda_image_uid": 7}
    data = {**own, "cuda_image_more": {"bare": {"requirements": None, "apt_packages": []}, "same": {}}}
    found = declared_images(data, HOST, ROOT, [])
    bare, same = found["bare"].image, found["same"].image
    assert bare
    assert same == found[None].image
    assert (bare.recipe.files["requirements.txt"], bare.recipe.arguments["APT_PACKAGES"], bare.uid) == ("", "", 7)
    assert same
    assert (same.recipe.files["requirements.txt"], same.recipe.arguments["APT_PACKAGES"]) == ("torch\n", "git")


def test_an_edit_of_one_changes_that_one_alone() -> None:
    before, after = images({"cuda_image_more": MORE}), images({"cuda_image_more": {**MORE, "devel": {"user": "ana"}}})
    assert [name for name in before if before[name] != after[name]] == ["devel"]


def test_an_image_that_leaves_its_cuda_open_has_that_of_the_roles_own() -> None:
    def majors(**data: object) -> list[str]:
        found = images({"cuda_image_more": {"old": {"cuda": 12}, "open": {"cuda": "auto"}}, **data}, in_use=[12])
        return [reference.partition(":")[2][:2] for reference in found.values() if reference]

    assert majors() == ["12", "12", "12"]
    assert majors(cuda_image_cuda=13) == ["13", "12", "13"]
    assert majors(cuda_image_cuda=12) == ["12", "12", "12"], "what this run builds is what the next one finds"


def test_without_a_gpu_those_are_built_that_say_which_cuda() -> None:
    found = images({"cuda_image_more": MORE}, gpus=())
    assert (found[None], found["devel"]) == (None, None)
    assert (found["pytorch"] or "").startswith("gpufleet/cuda:13-")


def test_images_that_are_declared_for_a_gpu_stay_while_none_is_seen() -> None:
    data = {"cuda_image_more": MORE}
    without = images(data, gpus=())
    for shown in (GPU, replace(GPU, driver_version="570.1")):
        kept = {without["pytorch"], *in_abeyance(data, ROOT, without)}
        assert set(images(data, gpus=(shown,)).values()) <= kept
    assert in_abeyance(data, ROOT, images(data)) == []
    assert in_abeyance({**data, "platform_gpu": "none"}, ROOT, without) == []


def test_what_is_not_built_without_a_gpu_is_told_with_the_variables_that_are_in_the_way() -> None:
    def said(**data: Any) -> list[str]:
        sandboxes = {"code": {"image": "devel", "gpus": "none"}}
        judges = (verdict, sandbox_verdict)
        return [each for judge in judges for each in judge.notices(BARE, {"sandbox_containers": sandboxes, **data})]

    one = said(cuda_image_cuda=13, cuda_image_more={"devel": {"cuda": "auto"}})
    assert one[0].startswith("CUDA image: not built: devel, while no GPU is seen.")
    assert all("set cuda_image_more['devel'].cuda" in each for each in one[:2])
    all_of_them = said(cuda_image_more={"devel": {}})
    assert all_of_them[0].startswith("CUDA image: none is built while no GPU is seen.")
    several = said(cuda_image_more={"devel": {}, "pytorch": {"cuda": 13}})
    assert several[0].startswith("CUDA image: not built: the one without a name, devel, while no GPU is seen.")
    assert all("or set cuda_image_cuda" in each for each in several[:2])


@pytest.mark.parametrize("name", [25, True])
def test_a_name_that_yaml_reads_as_something_else_is_to_be_quoted(name: object) -> None:
    assert refusal({name: {}}).endswith('write the name between quotes, as in "25"')


@pytest.mark.parametrize("name", ["PyTorch", "py_torch", "pytorch:25", "a/b", "-a", "a-", "a--b", "", "25.08"])
def test_a_name_that_could_be_read_as_something_else_is_refused(name: str) -> None:
    assert refusal({name: {}}).startswith(
        f"cuda_image_more[{name!r}]: {name!r}: not a name for an image: small letters,"
    )


def test_an_error_in_one_names_it_with_its_field_and_value() -> None:
    assert refusal({"devel": {"varant": "devel"}}).endswith("there is no such field; did you mean variant?")
    assert refusal({"old": {"base": "ubuntu:22.04"}}).startswith(
        "cuda_image_more['old'].base: 'ubuntu:22.04': Ubuntu 22.04 brings Python 3.10"
    )
    assert "cuda_image_more['x'].requirements: '/none': no such file" in refusal({"x": {"requirements": "/none"}})
    assert "there is no such field" in refusal({"x": {"keep": 1}})


def test_gpus_that_one_image_cannot_work_with_are_refused_in_its_name() -> None:
    platform = replace(HOST, gpus=(replace(GPU, driver_version="570.1"),))
    (found,) = verdict.refusals(platform, {"cuda_image_more": {"new": {"cuda": 13}, "same": {}}})
    assert (found.resource, found.observed) == (
        "CUDA of cuda_image_more['new']",
        "CUDA 13 needs driver 580, H100 has 570.1",
    )
    assert found.remedy.endswith("or set cuda_image_more['new'].cuda: 12.")


def test_the_setting_that_names_the_base_is_the_one_that_somebody_wrote() -> None:
    found = declared_images({"cuda_image_more": MORE}, HOST, ROOT, [])
    settings = [image.setting for image, _ in found.values() if image]
    assert settings == ["cuda_image_base", "cuda_image_base", "cuda_image_more['pytorch'].base"]


def test_a_sandbox_is_made_from_the_image_that_it_names_and_that_one_is_not_pulled() -> None:
    containers = {
        "plain": {"vscode": True},
        "code": {"image": "devel"},
        "hub": {"image": "python:3.13"},
        "tagged": {"image": "devel:latest"},
    }
    more = {"devel": {"variant": "devel", "uid": 1234, "gid": 1235}}
    data = {"cuda_image_more": more, "sandbox_containers": containers}
    there, absent = declared_sandboxes(data, HOST, ROOT, {None: "a:1", "devel": "a:2"})
    found = {each.name: (each.container.image, each.pull, each.owner) for each in there}
    assert not absent
    assert found == {
        "plain": ("a:1", False, (1000, 1000)),
        "code": ("a:2", False, (1234, 1235)),
        "hub": ("python:3.13", True, (1000, 1000)),
        "tagged": ("devel:latest", True, (1000, 1000)),
    }


def test_a_sandbox_waits_for_an_image_that_is_only_built_for_a_gpu() -> None:
    data = {
        "cuda_image_more": {"devel": {"variant": "devel"}},
        "sandbox_containers": {"code": {"image": "devel", "gpus": "none"}},
    }
    assert declared_sandboxes(data, BARE, ROOT, {None: None, "devel": None}) == (
        [],
        {"code": "no image is declared for it"},
    )
    (found,) = sandbox_verdict.refusals(BARE, {**data, "platform_gpu": "none"})
    assert (found.resource, found.remedy) == (
        "sandbox code",
        "Give it an image, or set cuda_image_cuda to 12 or 13.",
    )
    assert any("sandboxes that are not made" in each for each in sandbox_verdict.notices(BARE, data))
    built = {**data, "cuda_image_more": {"devel": {"cuda": 13}}}
    assert list(sandbox_verdict.refusals(BARE, {**built, "platform_gpu": "none"})) == []
    assert not any("sandboxes that are not made" in each for each in sandbox_verdict.notices(BARE, built))


@pytest.mark.parametrize(
    ("image", "likely"),
    [
        ("devl", "devel"),
        ("pytroch", "pytorch"),
        ("PyTorch", "pytorch"),
        ("devel", None),
        ("devl:latest", None),
        ("me/devl", None),
        ("devl@sha256:0", None),
        ("python", None),
    ],
)
def test_a_name_that_is_nearly_a_declared_one_is_a_slip(image: str, likely: str | None) -> None:
    assert meant(image, MORE) == likely


def test_a_slip_in_a_sandbox_is_refused_before_anything_is_pulled() -> None:
    data = {"cuda_image_more": MORE, "sandbox_containers": {"code": {"image": "devl"}}}
    (found,) = sandbox_verdict.refusals(HOST, data)
    assert (found.resource, found.observed, found.remedy) == (
        "sandbox code",
        "image: devl",
        "Did you mean devel? An image of Docker's of that name is written with its tag, devl:latest.",
    )


def test_a_sandbox_whose_image_is_declared_no_longer_is_told_so() -> None:
    data = {"sandbox_containers": {"code": {"image": "devel"}, "hub": {"image": "python"}}}
    known = ["cuda-image.build-the-image", "cuda-image.build-the-image-devel"]
    (found,) = gone(data, known)
    assert (found.resource, found.refused) == ("sandbox code", True)
    assert "The last apply had it as cuda_image_more['devel'], which is declared no longer" in found.remedy
    assert not list(gone(data, ["cuda-image.build-the-image"]))
    assert not list(gone({**data, "cuda_image_more": MORE}, known))


def test_only_a_host_with_such_a_sandbox_is_asked_for_its_stamp_with_the_first_question() -> None:
    def asked(**fields: object) -> list[str]:
        data = {"cuda_image_more": MORE, "sandbox_containers": {"code": {"gpus": "none", **fields}}}
        return [fact.__name__ for fact, _ in expected(data)]

    assert asked() == asked(image="devel") == asked(image="python:3.13") == []
    assert asked(image="python") == ["FileContent"]


def test_a_bundle_has_each_image_for_what_its_own_settings_leave_open() -> None:
    def gathered(**data: object) -> list[str]:
        found = wanted({"cuda_image_more": MORE, **data}, Target("debian", "13", "trixie"), Choice())
        return [f"{image.labels['gpufleet.cuda']} {image.recipe.base.rpartition('/')[2]}" for image in found.images]

    lean = ["12 debian:trixie-slim", "13 debian:trixie-slim"]
    assert gathered() == [*lean, *lean, "13 pytorch:25.08-py3"]
    assert gathered(cuda_image_cuda=13) == ["13 debian:trixie-slim"] * 2 + ["13 pytorch:25.08-py3"]
    assert gathered(cuda_image_cuda=12, cuda_image_more={"devel": {"cuda": "auto"}}) == ["12 debian:trixie-slim"] * 2
    assert gathered(platform_gpu="none") == ["13 pytorch:25.08-py3"]


def test_copies_of_a_bundle_stay_until_the_last_image_is_loaded() -> None:
    bundle = Bundle("/bundle", "0", images=("a:1", "a:2"))
    first = Present((Image("sha256:1", ("a:1",), {}, ""),))
    assert awaited(bundle, "a:1", first)
    assert not awaited(bundle, "a:2", first), "it is the one that is being loaded"
    assert not awaited(None, "a:1", first)
    second = Image("sha256:2", ("a:2",), {}, "")
    both, some = replace(first, images=(*first.images, second)), Copies({"aa": 1})
    assert left_over(bundle, "a:1", first, some) == Copies()
    assert [left_over(bundle, name, both, some).some for name in ("a:1", "a:2")] == [True, False], "it is said once"
    assert left_over(Bundle("/bundle", "0"), "a:1", first, some) == some
    assert fingerprint(bundle) == fingerprint(Bundle("/other", "1")), "how many there are is no other declaration"


def test_an_upload_that_was_cut_off_is_left_over_as_well_once_the_image_is_there() -> None:
    assert unsettled("a:1", "a:1", Copies()) == []
    (found,) = unsettled("a:1", "a:1", Copies(unfinished=True))
    assert found.observed == "what an upload that was cut off has left"
    (both,) = unsettled("a:1", "a:1", Copies({"aa": 1}, {"bb": 1}, unfinished=True))
    assert both.observed == "2 files and what an upload that was cut off has left"
    noted, files = unsettled("a:1", None, Copies({"aa": 1}))
    assert (noted.expected, noted.observed, files.observed) == ("a:1", "absent", "1 files")
