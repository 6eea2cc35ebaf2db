"""A host without a network gets several images out of a bundle: what they share is sent once, and nothing is left."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.bundle.images import files_of
from gpufleet.bundle.manifest import PARTS
from gpufleet.state import BUNDLE
from tests.integration.bundles import COMMAND, Gathered, gathered
from tests.integration.checked import applied, checked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

OWN = "cuda-image.build-the-image"
DECLARED: dict[str, Any] = {
    "platform_gpu": "none",
    "cuda_image_cuda": 13,
    "cuda_image_more": {"devel": {"variant": "devel"}},
    "sandbox_containers": {"plain": {"shm_size": "64m"}, "code": {"image": "devel", "shm_size": "64m"}},
}
LEFT = f"find {BUNDLE} -type f 2>/dev/null || true"


@pytest.fixture(scope="module")
def bundle(lab: Lab, converged_snapshot: str, tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    """Both images, from a builder."""
    builder = lab.host(from_snapshot=converged_snapshot)
    try:
        folder = tmp_path_factory.mktemp("gathered") / "bundle"
        return gathered(lab, folder, [builder], f"{COMMAND} --builder {builder.name}", **DECLARED)
    finally:
        builder.destroy()


@pytest.fixture(scope="module")
def island(lab: Lab) -> Iterator[LabHost]:
    """A new host without a network."""
    host = lab.host()
    host.cut_off()
    yield host
    assert host.attempts().total == 0, host.attempts()
    host.destroy()


@pytest.mark.slow
def test_layers_that_two_images_share_are_sent_once(lab: Lab, bundle: Gathered, island: LabHost) -> None:
    manifest = bundle.manifest
    assert len(manifest.images) == 2
    done = applied(lab.inventory([island], **bundle.variables, **DECLARED))
    assert done.status == 0, done.output
    sent = re.split(r"loading (gpufleet/cuda:\S+)", done.output)
    own, devel = sent[1], sent[3]
    parts = {
        image.reference: {part.sha256 for name in files_of(image) for part in manifest.file(name).parts}
        for image in manifest.images
    }
    counts = [int(found) for found in re.findall(r"part \d+ of (\d+) of what is needed", sent[2])]
    assert set(counts) == {len(parts[devel] - parts[own])}, sent[2]
    assert island.ssh(LEFT).stdout == ""
    assert checked(lab.inventory([island], **bundle.variables, **DECLARED)).findings == frozenset()


@pytest.mark.slow
def test_what_an_upload_that_was_cut_off_has_left_is_found_and_goes(
    lab: Lab, bundle: Gathered, island: LabHost
) -> None:
    inventory = lab.inventory([island], **bundle.variables, **DECLARED)
    island.ssh(f"mkdir -p {BUNDLE}/{PARTS} && echo half >{BUNDLE}/{PARTS}/{'0' * 64}.partial")
    found = checked(inventory)
    assert found.findings == {(OWN, "config")}, found.words
    assert "what an upload that was cut off has left" in found.words
    assert applied(inventory).status == 0
    assert island.ssh(LEFT).stdout == ""
    assert checked(inventory).findings == frozenset()


@pytest.mark.slow
def test_copies_stay_while_another_image_is_still_to_come(lab: Lab, bundle: Gathered, island: LabHost) -> None:
    inventory = lab.inventory([island], **bundle.variables, **DECLARED)
    manifest = bundle.manifest
    of_sandbox = "docker inspect -f '{{.Config.Image}}'"
    own, devel = (island.ssh(f"{of_sandbox} {name}").stdout.strip() for name in ("plain", "code"))
    of_own, of_devel = (
        {part.sha256 for name in files_of(image) for part in manifest.file(name).parts}
        for reference in (own, devel)
        for image in manifest.images
        if image.reference == reference
    )
    kept = min(of_devel - of_own)
    island.ssh(f"docker rm -f code; docker image rm {devel}; mkdir -p {BUNDLE}/{PARTS}")
    encoded = base64.b64encode((bundle.folder / PARTS / kept).read_bytes()).decode()
    island.ssh(f"base64 -d >{BUNDLE}/{PARTS}/{kept}", stdin=encoded)
    done = applied(inventory)
    assert done.status == 0, done.output
    counts = {int(found) for found in re.findall(r"part \d+ of (\d+) of what is needed", done.output)}
    assert counts == {len(of_devel) - 1}, "all of that image but what had arrived"
    assert island.ssh(LEFT).stdout == ""
