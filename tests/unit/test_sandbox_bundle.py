"""Sandboxes with an image of Docker's on a host without a network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gpufleet.containers.state import Containers
from roles.sandbox.bundle_verdict import dockers_own, lacking, refusals
from tests.unit.container_cases import IMAGE, WANTED, as_made
from tests.unit.hosts import BARE

DATA: dict[str, Any] = {
    "platform_gpu": "none",
    "cuda_image_cuda": 13,
    "cuda_image_more": {"devel": {"variant": "devel"}},
    "sandbox_containers": {"box": {"image": "debian:13"}, "code": {"image": "devel"}, "plain": {}},
}


def test_only_images_that_role_cuda_image_does_not_make_have_to_be_there() -> None:
    assert dockers_own(BARE, DATA) == {"box": "debian:13"}


def test_a_sandbox_that_waits_for_a_gpu_needs_no_image_now() -> None:
    data = {"sandbox_containers": {"box": {"image": "debian:13", "gpus": "all"}}}
    assert dockers_own(BARE, data) == {}


def test_an_image_that_is_not_there_is_refused_with_the_ways_out() -> None:
    (found,) = lacking({"box": "debian:13"}, Containers(docker=False))
    assert found.refused
    assert found.resource == "debian:13"
    for words in ("docker save debian:13", "apply without box first", "cuda_image_more"):
        assert words in str(found.remedy)


def test_an_image_that_is_there_is_used() -> None:
    assert not list(lacking({"box": "debian:13"}, Containers(images={"debian:13": IMAGE})))


def test_a_sandbox_that_was_made_of_it_keeps_a_host_from_nothing() -> None:
    made = as_made(replace(WANTED, image="debian:13"))
    assert not list(lacking({made.name: "debian:13"}, Containers(containers={made.name: made})))
    assert list(lacking({made.name: "debian:14"}, Containers(containers={made.name: made})))


def test_without_a_bundle_nothing_is_asked_and_nothing_refused() -> None:
    assert not list(refusals(BARE, DATA))
