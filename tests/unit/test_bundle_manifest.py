"""What is taken for a manifest, and what is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.bundle import made_here, parts
from gpufleet.bundle.gather_folder import finish, former
from gpufleet.bundle.manifest import MANIFEST, Manifest, ManifestError
from gpufleet.bundle.manifest_reading import read, read_file
from gpufleet.cli import main

if TYPE_CHECKING:
    from pathlib import Path

PART = {"sha256": "1" * 64, "size": 5}
FILE = {**PART, "parts": [PART]}
IMAGE = {"reference": "a:b", "content": "", "config": "1" * 64, "layers": ["1" * 64], "size": 5}
GOOD: dict[str, Any] = {"format": 1, "target": "debian13", "architecture": "amd64", "packages": [], "keys": []}
GOOD |= {"images": [IMAGE], "files": [FILE]}
WRONG = [
    b"",
    b"\xff\xfe\x00",
    b"[" * 200_000,
    b"[]",
    json.dumps({**GOOD, "format": 2}).encode(),
    *(
        json.dumps({**GOOD, **wrong}).encode()
        for wrong in (
            {"target": 13},
            {"files": [{**FILE, "parts": [{**PART, "sha256": "../../etc/shadow"}]}]},
            {"files": [{**FILE, "parts": [{**PART, "sha256": 1}]}]},
            {"files": [{**FILE, "parts": [{**PART, "size": "5"}]}]},
            {"files": [{**FILE, "parts": [{**PART, "size": -5}]}]},
            {"files": [{**FILE, "size": 6}]},
            {"files": [{**FILE, "sha256": "2" * 64}]},
            {"images": [{**IMAGE, "layers": ["--checkpoint-action=exec=sh"]}]},
            {"images": [{**IMAGE, "config": "/etc/shadow"}]},
        )
    ),
]


@pytest.fixture(autouse=True)
def _memory(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(made_here.VARIABLE, str(tmp_path_factory.mktemp("state")))


def bundle(folder: Path) -> Manifest:
    manifest = Manifest("debian13", "amd64", packages=(), keys=(), images=(), files=(parts.store(folder, b"12345"),))
    finish(folder, manifest)
    return manifest


def test_what_is_wrong_with_the_others_is_nothing_else() -> None:
    assert read(json.dumps(GOOD).encode(), None, "here").target == "debian13"


@pytest.mark.parametrize("content", WRONG)
def test_what_is_no_manifest_is_refused_in_words(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(ManifestError, match=str(tmp_path)):
        read_file(tmp_path, None)
    assert main(["bundle", "verify", str(tmp_path)]) == 1
    assert str(tmp_path / MANIFEST) in capsys.readouterr().err


@pytest.mark.parametrize("content", WRONG)
def test_what_is_no_manifest_is_mended_by_gathering_again(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    assert former(tmp_path) is None
    manifest = bundle(tmp_path)
    assert read_file(tmp_path, manifest.sha256) == manifest


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_what_hosts_would_refuse_is_not_verified_either(tmp_path: Path, ending: str) -> None:
    manifest = bundle(tmp_path)
    said_otherwise = json.dumps(json.loads(manifest.text()), indent=2 if ending == "\n" else 1, sort_keys=True)
    (tmp_path / MANIFEST).write_bytes(f"{said_otherwise}\n".replace("\n", ending).encode())
    with pytest.raises(ManifestError, match="this is another bundle"):
        read_file(tmp_path, manifest.sha256)
    assert main(["bundle", "verify", str(tmp_path), "--sha256", manifest.sha256]) == 2
