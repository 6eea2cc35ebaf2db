"""The parts of a bundle: stored once, read again, checked, tidied up."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gpufleet.bundle import parts
from gpufleet.bundle.manifest import Manifest, ManifestError, StoredFile
from tests.unit.bundle_files import whole

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"0123456789" * 3


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 8)


def manifest(*files: StoredFile) -> Manifest:
    return Manifest("debian13", "amd64", packages=(), keys=(), images=(), files=files)


def only_part(folder: Path, file: StoredFile, position: int = 0) -> Path:
    return parts.part_path(folder, file.parts[position].sha256)


def test_a_file_becomes_parts_of_the_greatest_size_and_reads_as_it_was(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    stored = parts.store(tmp_path / "bundle", source)
    assert (stored.size, stored.sha256) == (30, hashlib.sha256(CONTENT).hexdigest())
    assert [part.size for part in stored.parts] == [8, 8, 8, 6]
    assert whole(tmp_path / "bundle", stored) == CONTENT


def test_content_and_file_are_stored_alike(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(CONTENT)
    assert parts.store(tmp_path, tmp_path / "source") == parts.store(tmp_path, CONTENT)


@pytest.mark.parametrize("content", [b"", b"1234567", b"12345678", b"123456789", b"1234567812345678"])
def test_every_length_reads_as_it_was(tmp_path: Path, content: bytes) -> None:
    stored = parts.store(tmp_path, content)
    assert whole(tmp_path, stored) == content
    assert parts.verify(tmp_path, manifest(stored)) == []
    assert sum(part.size for part in stored.parts) == len(content)


def test_a_part_that_is_right_is_not_written_again(tmp_path: Path) -> None:
    stored = parts.store(tmp_path, CONTENT)
    before = {path: path.stat().st_ino for path in (tmp_path / "parts").iterdir()}
    assert parts.store(tmp_path, CONTENT) == stored
    assert {path: path.stat().st_ino for path in (tmp_path / "parts").iterdir()} == before


@pytest.mark.parametrize("wrong", [b"0123456", b"0123456X", b"", b"012345670"])
def test_a_part_that_is_wrong_is_written_again(tmp_path: Path, wrong: bytes) -> None:
    stored = parts.store(tmp_path, b"01234567")
    only_part(tmp_path, stored).write_bytes(wrong)
    assert len(parts.verify(tmp_path, manifest(stored))) == 1
    parts.store(tmp_path, b"01234567")
    assert parts.verify(tmp_path, manifest(stored)) == []


@pytest.mark.parametrize(
    ("change", "observed"),
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(b"0123"), "4 bytes, cut short"),
        (lambda path: path.write_bytes(b"0123456789"), "10 bytes"),
        (lambda path: path.write_bytes(b"01234568"), "changed: SHA-256 "),
    ],
)
def test_what_is_wrong_with_a_part_is_said_with_path_and_way_out(tmp_path: Path, change: object, observed: str) -> None:
    stored = parts.store(tmp_path, b"01234567")
    change(only_part(tmp_path, stored))  # type: ignore[operator]
    (found,) = parts.verify(tmp_path, manifest(stored))
    assert found.path == str(only_part(tmp_path, stored))
    assert found.observed.startswith(observed)
    assert found.expected == f"8 bytes with SHA-256 {stored.sha256}"
    assert "gpufleet bundle" in str(found)


def test_only_the_files_that_are_asked_about_are_looked_at(tmp_path: Path) -> None:
    one, other = parts.store(tmp_path, b"one"), parts.store(tmp_path, b"other")
    only_part(tmp_path, other).unlink()
    assert parts.verify(tmp_path, manifest(one, other), [one.sha256]) == []
    assert len(parts.verify(tmp_path, manifest(one, other), [other.sha256])) == 1
    with pytest.raises(ManifestError):
        parts.verify(tmp_path, manifest(one), [other.sha256])


def test_a_part_of_two_files_is_stored_and_looked_at_once(tmp_path: Path) -> None:
    one, other = parts.store(tmp_path, b"01234567A"), parts.store(tmp_path, b"01234567B")
    assert len(list((tmp_path / "parts").iterdir())) == 3
    only_part(tmp_path, one).unlink()
    assert len(parts.verify(tmp_path, manifest(one, other))) == 1


def test_parts_that_nothing_names_are_removed_half_written_ones_too(tmp_path: Path) -> None:
    stored, old = parts.store(tmp_path, CONTENT), parts.store(tmp_path, b"old")
    (tmp_path / "parts" / f"{stored.sha256}{parts.WRITTEN}").write_bytes(b"half")
    assert parts.remove_others(tmp_path, manifest(stored)) == sorted([old.sha256, f"{stored.sha256}{parts.WRITTEN}"])
    assert parts.verify(tmp_path, manifest(stored)) == []


def test_a_manifest_text_reads_as_the_manifest_that_wrote_it(tmp_path: Path) -> None:
    stored = manifest(parts.store(tmp_path, CONTENT))
    assert stored.file(stored.files[0].sha256).parts == stored.files[0].parts
    assert replace(stored, target="ubuntu24.04").sha256 != stored.sha256
