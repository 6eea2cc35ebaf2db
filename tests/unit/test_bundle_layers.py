"""Archives of `docker save` taken apart: each form of them gives the same files, and nothing damaged is taken."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import tarfile
from typing import TYPE_CHECKING

import pytest

from gpufleet.bundle import compression
from gpufleet.bundle.layers import ArchiveError, load_index, taken_apart
from gpufleet.images.recipe import CONTENT_LABEL
from tests.unit.bundle_files import whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gpufleet.bundle.manifest import StoredFile, StoredImage

BASE, OWN, EMPTY = b"base" * 3000, b"own" * 3000, bytes(1024)
LAYERS = [BASE, OWN, EMPTY]
NAME = "gpufleet/cuda:12-0123456789ab"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def config(layers: list[bytes], user: str = "1000") -> bytes:
    told = {"User": user, "Labels": {CONTENT_LABEL: "c0ffee"}}
    return json.dumps({"config": told, "rootfs": {"diff_ids": [f"sha256:{digest(each)}" for each in layers]}}).encode()


def archive(path: Path, members: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return path


def index(configuration: str, layers: list[str], *names: str) -> dict[str, object]:
    return {"Config": configuration, "RepoTags": list(names) or [NAME], "Layers": layers}


def classic(path: Path) -> Path:
    """As Docker 23 and 24 write it."""
    content = config(LAYERS)
    name = f"{digest(content)}.json"
    told = json.dumps([index(name, ["1/layer.tar", "2/layer.tar", "3/layer.tar"])]).encode()
    layers = {f"{number}/layer.tar": layer for number, layer in enumerate(LAYERS, start=1)}
    return archive(path, {**layers, name: content, "manifest.json": told})


def linked(path: Path) -> Path:
    """The same, with a layer that stands there once and is linked to."""
    content = config([BASE, OWN, EMPTY])
    name = f"{digest(content)}.json"
    told = json.dumps([index(name, ["1/layer.tar", "2/layer.tar", "3/layer.tar"])]).encode()
    members = {"0/layer.tar": BASE, "2/layer.tar": OWN, "3/layer.tar": EMPTY, name: content, "manifest.json": told}
    return archive(path, members, {"1/layer.tar": "../0/layer.tar"})


def layout(path: Path, packed: list[bytes], *, configuration: bytes = config(LAYERS)) -> Path:
    """As Docker 25 and later write it, with the layers as they are kept."""
    blobs = {f"blobs/sha256/{digest(each)}": each for each in (configuration, *packed)}
    names = list(blobs)
    by_content = {content: name for name, content in blobs.items()}
    told = json.dumps([index(names[0], [by_content[each] for each in packed])]).encode()
    return archive(path, {**blobs, "manifest.json": told})


def plain_layout(path: Path) -> Path:
    return layout(path, LAYERS)


def packed_layout(path: Path) -> Path:
    """As the containerd store gives it: compressed by whoever made the layer."""
    return layout(path, [gzip.compress(BASE, 1), gzip.compress(OWN, 9), EMPTY])


def one(found: list[tuple[StoredImage, list[StoredFile]]]) -> tuple[StoredImage, list[StoredFile]]:
    assert len(found) == 1
    return found[0]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def test_every_form_of_an_archive_gives_the_same_files(tmp_path: Path, scratch: Path) -> None:
    makers = (classic, linked, plain_layout, packed_layout)
    found = [one(taken_apart(make(tmp_path / "a.tar"), tmp_path / make.__name__, scratch)) for make in makers]
    assert found[0] == found[1] == found[2] == found[3]
    image, files = found[0]
    assert (image.reference, image.content, image.user) == (NAME, "c0ffee", "1000")
    assert image.size == sum(map(len, LAYERS))
    assert [image.config, *image.layers] == [file.sha256 for file in files]
    assert not list(scratch.iterdir())


def test_what_is_stored_is_the_configuration_as_it_was_and_each_layer_compressed(tmp_path: Path, scratch: Path) -> None:
    image, files = one(taken_apart(classic(tmp_path / "a.tar"), tmp_path, scratch))
    assert whole(tmp_path, files[0]) == config(LAYERS)
    assert image.config == digest(config(LAYERS))
    for file, layer in zip(files[1:], LAYERS, strict=True):
        assert gzip.decompress(whole(tmp_path, file)) == layer


def test_layers_that_images_share_and_one_that_an_image_has_twice_are_stored_once(
    tmp_path: Path, scratch: Path
) -> None:
    first, second = config([BASE, EMPTY, EMPTY]), config([BASE, OWN], user="")
    members = {f"{digest(each)}.json": each for each in (first, second)}
    names = list(members)
    told = [index(names[0], ["b", "e", "e"], "a:1", "a:2"), index(names[1], ["b", "o"], "b:1")]
    content = {**members, "b": BASE, "e": EMPTY, "o": OWN, "manifest.json": json.dumps(told).encode()}
    found = taken_apart(archive(tmp_path / "a.tar", content), tmp_path, scratch)
    assert [image.reference for image, _ in found] == ["a:1", "a:2", "b:1"]
    assert found[0][0].layers[1] == found[0][0].layers[2]
    assert found[0][0].layers[0] == found[2][0].layers[0]
    assert [len(files) for _, files in found] == [3, 3, 3]
    assert (found[0][0].user, found[2][0].user) == ("1000", "")
    parts = {part.sha256 for _, files in found for file in files for part in file.parts}
    assert {path.name for path in (tmp_path / "parts").iterdir()} == parts
    assert len(parts) == 5


def test_the_same_bytes_come_out_whatever_the_number_of_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"".join(number.to_bytes(4, "big") for number in range(100_000))
    monkeypatch.setattr(compression, "BLOCK", 100_000)
    outcomes = []
    for cores in (1, 3):
        monkeypatch.setattr(compression.os, "cpu_count", lambda cores=cores: cores)
        target = tmp_path / str(cores)
        with target.open("wb") as stream:
            told = compression.write_compressed(io.BytesIO(content), stream)
        assert (told.sha256, told.size) == (digest(content), len(content))
        outcomes.append(target.read_bytes())
    assert outcomes[0] == outcomes[1]
    assert gzip.decompress(outcomes[0]) == content
    assert outcomes[0][4:8] == bytes(4), "no time"


@pytest.mark.skipif(not shutil.which("zstd"), reason="the program zstd is not on this machine")
def test_a_layer_compressed_with_zstd_is_the_same_layer(tmp_path: Path, scratch: Path) -> None:
    packed = compression.subprocess.run(["zstd", "-c"], input=BASE, capture_output=True, check=True).stdout
    made = layout(tmp_path / "a.tar", [packed, OWN, EMPTY])
    assert taken_apart(made, tmp_path, scratch) == taken_apart(classic(tmp_path / "b.tar"), tmp_path, scratch)


def test_without_zstd_a_person_is_told_to_install_it(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    made = layout(tmp_path / "a.tar", [b"\x28\xb5\x2f\xfd" + BASE, OWN, EMPTY])
    with pytest.raises(ArchiveError, match="install the package zstd on this machine"):
        taken_apart(made, tmp_path, scratch)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_an_archive_that_was_cut_short_is_refused(tmp_path: Path, scratch: Path, share: float) -> None:
    made = classic(tmp_path / "a.tar")
    content = made.read_bytes().rstrip(b"\0")
    made.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ArchiveError, match=r"a\.tar: no whole archive of `docker save`"):
        taken_apart(made, tmp_path, scratch)
    assert not list(scratch.iterdir())


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ([OWN, BASE, EMPTY], "the image asks for sha256:"),
        ([BASE, OWN], "2 layers, the image asks for 3"),
        ([gzip.compress(BASE)[:-10], OWN, EMPTY], "a layer is damaged"),
        ([b"\x1f\x8b" + BASE, OWN, EMPTY], "a layer is damaged"),
    ],
    ids=["swapped", "too few", "cut short", "no gzip"],
)
def test_layers_that_are_not_those_of_the_configuration_are_refused(
    tmp_path: Path, scratch: Path, layers: list[bytes], said: str
) -> None:
    with pytest.raises(ArchiveError, match=said):
        taken_apart(layout(tmp_path / "a.tar", layers), tmp_path, scratch)


def test_a_configuration_that_is_not_what_it_is_named_after_is_refused(tmp_path: Path, scratch: Path) -> None:
    told = json.dumps([index("00.json", ["b"])]).encode()
    made = archive(tmp_path / "a.tar", {"00.json": config([BASE]), "b": BASE, "manifest.json": told})
    with pytest.raises(ArchiveError, match=r"its configuration 00\.json has SHA-256"):
        taken_apart(made, tmp_path, scratch)


def test_the_index_for_docker_load_names_files_by_their_hashes(tmp_path: Path, scratch: Path) -> None:
    image, _ = one(taken_apart(classic(tmp_path / "a.tar"), tmp_path, scratch))
    assert json.loads(load_index(image)) == [
        {"Config": image.config, "RepoTags": [NAME], "Layers": list(image.layers)},
    ]
