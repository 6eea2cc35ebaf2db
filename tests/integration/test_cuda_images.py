"""Several images on one host: built, left alone, edited and given up one by one, each with a sandbox made from it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.checked import applied, checked
from tests.integration.verify import verify
from tests.lab import product

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.checked import Checked
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

BASE = "nvcr.io/nvidia/pytorch:25.08-py3"
"""The lab cannot pull it: an image of the host's has this name, with a package of its own and a user like NVIDIA's."""
LIKE_NVIDIAS = r"""
FROM debian:trixie-slim
RUN useradd --create-home --uid 1000 ubuntu && mkdir /of-the-base
ENV NVIDIA_VISIBLE_DEVICES=all
"""
MORE: dict[str, Any] = {"devel": {"variant": "devel"}, "pytorch": {"base": BASE}}
SANDBOXES: dict[str, Any] = {"plain": {}, "code": {"image": "devel"}, "training": {"image": "pytorch"}}
IDS = {None: "build-the-image", "devel": "build-the-image-devel", "pytorch": "build-the-image-pytorch"}
PRUNE = "cuda-image.remove-older-images-that-nothing-uses"


@dataclass
class Host:
    """A lab host with Docker and without a GPU, and what is declared for it."""

    lab: Lab
    lab_host: LabHost
    more: dict[str, Any] = field(default_factory=lambda: dict(MORE))
    sandboxes: dict[str, Any] = field(default_factory=lambda: dict(SANDBOXES))
    keep: int = 9

    @property
    def inventory(self) -> Path:
        """Its inventory."""
        return self.lab.inventory(
            [self.lab_host],
            platform_gpu="none",
            cuda_image_cuda=13,
            cuda_image_keep=self.keep,
            cuda_image_more=self.more,
            sandbox_containers={name: {"shm_size": "64m", **fields} for name, fields in self.sandboxes.items()},
        )

    def apply(self) -> set[str]:
        """Apply, which must succeed; ids of what was mended, the stamp's left out."""
        done = applied(self.inventory)
        assert done.status == 0, done.output
        ids = {each["id"] for each in done.hosts[self.lab_host.name]["mended"]}
        return {each for each in ids if not each.startswith("stamp.")}

    def check(self) -> Checked:
        """Check."""
        return checked(self.inventory)

    def image_of(self, sandbox: str) -> str:
        """The name of the image that a sandbox is made from."""
        return self.lab_host.ssh(f"docker inspect -f '{{{{.Config.Image}}}}' {sandbox}").stdout.strip()

    @property
    def tags(self) -> set[str]:
        """Those of ours."""
        return set(self.lab_host.ssh("docker images --format '{{.Repository}}:{{.Tag}}' gpufleet/cuda").stdout.split())

    @property
    def stamp(self) -> dict[str, str]:
        """What was declared for each item at the last apply."""
        items: dict[str, str] = json.loads(self.lab_host.ssh("cat /var/lib/gpufleet/stamp.json").stdout)["items"]
        return items

    def run(self, *words: str) -> product.Done:
        """`gpufleet run` on it."""
        options = ["--inventory", str(self.inventory), "--sandbox", "plain"]
        return product.run("gpufleet", "run", self.lab_host.name, *options, *words)


@pytest.fixture(scope="module")
def host(lab: Lab, converged_snapshot: str) -> Iterator[Host]:
    """A host on which all three were applied once, after the one without a name alone."""
    made = lab.host(from_snapshot=converged_snapshot)
    made.ssh(f"docker build -q -t {BASE} -", stdin=LIKE_NVIDIAS)
    found = Host(lab, made, more={}, sandboxes={"plain": {}})
    found.apply()
    alone = found.stamp
    found.more, found.sandboxes = dict(MORE), dict(SANDBOXES)
    changed = found.apply()
    assert {f"cuda-image.{IDS['devel']}", f"cuda-image.{IDS['pytorch']}"} <= changed
    assert f"cuda-image.{IDS[None]}" not in changed
    assert alone[f"cuda-image.{IDS[None]}"] == found.stamp[f"cuda-image.{IDS[None]}"], "its stamp knows of no others"
    yield found
    made.destroy()


@pytest.mark.slow
def test_three_sandboxes_are_made_from_three_images_and_a_second_run_changes_nothing(host: Host) -> None:
    assert {host.image_of(name) for name in SANDBOXES} == host.tags
    assert len(host.tags) == 3
    before = host.lab_host.ssh("docker ps -a --no-trunc --format '{{.ID}} {{.Image}}'; docker images -aq").stdout
    assert host.check().findings == frozenset()
    assert host.apply() == set()
    assert (
        host.lab_host.ssh("docker ps -a --no-trunc --format '{{.ID}} {{.Image}}'; docker images -aq").stdout == before
    )

    def inside(sandbox: str, command: str) -> list[str]:
        return host.lab_host.ssh(f"docker exec {sandbox} sh -c '{command}'", check=False).stdout.split()

    look = 'command -v cc; ls -d /of-the-base 2>/dev/null; id -un; python -c "import numba; print(1)"'
    assert inside("plain", look) == ["sandbox", "1"]
    assert inside("code", look) == ["/usr/bin/cc", "sandbox", "1"]
    assert inside("training", look) == ["/of-the-base", "ubuntu", "1"]


@pytest.mark.slow
def test_verify_looks_at_each_image(host: Host) -> None:
    done = verify(host.inventory)
    assert done.status == 0, done.output
    code = host.image_of("code")
    host.lab_host.ssh(f"docker image rm -f {code}")
    try:
        failed = verify(host.inventory, "-k", "test_the_image_was_built_from_what_is_declared")
        assert failed.status == 2, failed.output
        assert code in failed.output
    finally:
        assert f"cuda-image.{IDS['devel']}" in host.apply()


@pytest.mark.slow
def test_a_job_is_made_from_an_image_by_its_name(host: Host) -> None:
    done = host.run("--image", "pytorch", "--", "sh", "-c", "ls -d /of-the-base; id -un")
    assert done.output.split() == ["/of-the-base", "ubuntu"]
    slip = host.run("--image", "pytroch", "--", "true")
    assert slip.status == 125
    assert "image: pytroch: expected a declared image" in slip.output
    assert "Did you mean pytorch?" in slip.output


@pytest.mark.slow
def test_what_somebody_removes_is_found_for_that_image_alone(host: Host) -> None:
    host.lab_host.ssh(f"docker rm -f training; docker image rm {host.image_of('training')}")
    found = host.check()
    assert found.findings == {
        (f"cuda-image.{IDS['pytorch']}", "config"),
        ("sandbox.have-training-run-as-declared", "config"),
    }, found.words
    host.apply()
    assert host.check().findings == frozenset()


@pytest.mark.slow
def test_an_edit_of_one_moves_its_sandbox_alone(host: Host) -> None:
    before = {name: host.image_of(name) for name in SANDBOXES}
    host.more["pytorch"] = {"base": BASE, "apt_packages": ["less"]}
    found = host.check()
    assert found.findings == {
        (f"cuda-image.{IDS['pytorch']}", "pending"),
        ("sandbox.have-training-run-as-declared", "pending"),
    }, found.words
    host.apply()
    after = {name: host.image_of(name) for name in SANDBOXES}
    assert [name for name in SANDBOXES if before[name] != after[name]] == ["training"]
    assert host.check().findings == frozenset()


@pytest.mark.slow
def test_one_that_is_declared_no_longer_goes_once_nothing_uses_it(host: Host) -> None:
    assert host.tags > {host.image_of(name) for name in SANDBOXES}, "one from before the edit as well"
    devel = host.image_of("code")
    del host.more["devel"]
    refused = applied(host.inventory)
    assert refused.status == 2
    said = " ".join(refused.output.split())
    assert "sandbox code" in said
    assert "The last apply had it as cuda_image_more['devel'], which is declared no longer: declare it." in said
    host.sandboxes["code"] = {"image": "pytorch"}
    host.keep = 0
    assert PRUNE in host.apply()
    assert host.tags == {host.image_of("plain"), host.image_of("training")}
    assert host.image_of("code") == host.image_of("training")
    assert devel not in host.tags
    assert f"cuda-image.{IDS['devel']}" not in host.stamp
    assert host.check().findings == frozenset()
