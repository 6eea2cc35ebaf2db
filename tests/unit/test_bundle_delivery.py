"""What of a bundle goes to a host, in which pieces, and what keeps it from going there."""

from __future__ import annotations

import base64
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from gpufleet.bundle import parts, sending
from gpufleet.bundle.chosen import Bundle
from gpufleet.bundle.delivery import fitting, index, lacking, missing_parts, no_room
from gpufleet.bundle.manifest import Manifest, Part, StoredFile, StoredPackage
from gpufleet.facts.bundle import BundleCopies, Copies
from gpufleet.settings import SettingsError, load
from gpufleet.stamp import fingerprint
from roles.bundle import verdict
from roles.bundle.settings import BundleSettings
from tests.unit.hosts import BARE

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO, SHARED = Part("1" * 64, 10), Part("2" * 64, 20), Part("3" * 64, 30)
SMALL = StoredFile(ONE.sha256, 10, (ONE,))
LARGE = StoredFile("a" * 64, 50, (TWO, SHARED))
OTHER = StoredFile("b" * 64, 30, (SHARED,))
PACKAGE = StoredPackage("docker-ce", "5:28.5.2-1~debian.13~trixie", "amd64", ONE.sha256, "Package: docker-ce\n")


def manifest(*packages: StoredPackage, target: str = "debian13", architecture: str = "amd64") -> Manifest:
    return Manifest(target, architecture, packages, keys=(), images=(), files=(SMALL, LARGE))


def test_a_part_is_sent_once_and_only_where_it_is_not_there_whole() -> None:
    assert missing_parts([SMALL, LARGE, OTHER], Copies()) == [ONE, TWO, SHARED]
    there = Copies(parts={ONE.sha256: 10, TWO.sha256: 19})
    assert missing_parts([SMALL, LARGE, OTHER], there) == [TWO, SHARED]


@pytest.mark.parametrize(
    ("free", "on_host", "fits"),
    [
        (110, False, True),  # three parts, and beside them the one file that is made of several
        (109, False, False),
        (60, True, True),  # nothing but the files
        (59, True, False),
    ],
)
def test_room_is_asked_for_before_anything_is_copied(free: int, on_host: bool, fits: bool) -> None:
    found = no_room([SMALL, LARGE], Copies(free_bytes=free), on_host=on_host)
    assert (found is None) == fits


def test_a_bundle_is_for_one_kind_of_host() -> None:
    assert fitting(manifest(), BARE) is None
    for other in (manifest(target="debian12"), manifest(architecture="arm64")):
        found = fitting(other, BARE)
        assert found
        assert "debian13 on amd64" in found.expected
        assert f"{other.target} on {other.architecture}" in found.observed


def test_the_verdict_refuses_a_bundle_for_other_hosts_before_anything_changes(tmp_path: Path) -> None:
    for made, refusals in ((manifest(), 0), (manifest(target="ubuntu24.04"), 1)):
        (tmp_path / "manifest.json").write_text(made.text())
        data = {"bundle_path": str(tmp_path), "bundle_sha256": made.sha256}
        found = list(verdict.refusals(BARE, data))
        assert [each.refused for each in found] == [True] * refusals
        assert not list(verdict.refusals(BARE, {**data, "bundle_path": "/nowhere", "bundle_location": "host"}))
    assert not list(verdict.refusals(BARE, {}))


@pytest.mark.parametrize("pin", [None, "28.5.2", "5:28.5.2-1~debian.13~trixie"])
def test_a_package_that_the_bundle_holds_is_not_missed(pin: str | None) -> None:
    assert lacking(manifest(PACKAGE), {"docker-ce": pin}) is None


def test_a_package_or_version_that_the_bundle_lacks_is_named_with_what_it_holds() -> None:
    found = lacking(manifest(PACKAGE), {"docker-ce": "27.5.1"})
    assert found
    assert (found.resource, found.expected) == ("docker-ce", "version 27.5.1")
    assert PACKAGE.version in found.observed
    found = lacking(manifest(PACKAGE), {"docker-ce": None, "podman": None})
    assert found
    assert (found.resource, found.observed) == ("podman", "a bundle without podman")


def test_the_index_names_the_file_by_its_hash() -> None:
    stanza = f"Package: docker-ce\nFilename: files/{ONE.sha256}\nSize: 10\nSHA256: {ONE.sha256}\n"
    assert index(manifest(PACKAGE), "files") == stanza
    assert index(manifest(PACKAGE, PACKAGE), "files") == f"{stanza}\n{stanza}"


def test_small_parts_travel_together_and_large_ones_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PART_BYTES", 30)
    assert list(sending.batches([ONE, TWO, SHARED, ONE])) == [[ONE, TWO], [SHARED], [ONE]]
    assert list(sending.batches([])) == []


@pytest.mark.parametrize("piece", [1, 3, 700, 786432])
def test_what_is_sent_is_an_archive_of_the_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(sending, "PIECE", piece)
    contents = [b"", b"x", bytes(range(256)) * 5]
    chosen = [part for content in contents for part in parts.store(tmp_path, content).parts]
    lines = list(sending.base64_lines(sending.archive(tmp_path, chosen)))
    assert all("=" not in line for line in lines[:-1]), "decoders take what follows filling for an error"
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode("".join(lines)))) as archive:
        found = {member.name: extracted.read() for member in archive if (extracted := archive.extractfile(member))}
    assert found == {f"{part.sha256}.partial": content for part, content in zip(chosen, contents, strict=True)}


def test_a_part_that_is_damaged_between_two_hosts_is_noticed(tmp_path: Path) -> None:
    chosen = [part for content in (b"first", b"second") for part in parts.store(tmp_path, content).parts]
    assert sending.first_problem(tmp_path, chosen) is None
    path = parts.part_path(tmp_path, chosen[1].sha256)
    path.write_bytes(b"SECOND")
    found = sending.first_problem(tmp_path, chosen)
    assert found
    assert (found.path, found.observed.partition(":")[0]) == (str(path), "changed")
    path.unlink()
    assert "missing" in str(sending.first_problem(tmp_path, chosen))


def test_a_part_that_shrinks_while_it_is_sent_ends_the_sending(tmp_path: Path) -> None:
    (part,) = parts.store(tmp_path, b"0123456789").parts
    parts.part_path(tmp_path, part.sha256).write_bytes(b"01234")
    with pytest.raises(OSError, match=f"{part.sha256}: it was cut short"):
        list(sending.archive(tmp_path, [part]))


@pytest.mark.parametrize("path", ["bundle", "~/bundle", ""])
def test_a_bundle_on_the_host_is_named_by_its_whole_path(path: str) -> None:
    data = {"bundle_path": path, "bundle_sha256": "0" * 64, "bundle_location": "host"}
    with pytest.raises(SettingsError, match="absolute path on the host"):
        load(BundleSettings, data)


def test_copies_are_told_by_folder_and_those_that_were_not_checked_count_as_none() -> None:
    folder = "/var/lib/gpufleet/bundle"
    lines = [f"5 {folder}/parts/aa", f"6 {folder}/parts/bb.partial", f"7 {folder}/files/cc", "free 10 4096"]
    found = BundleCopies().process(lines)
    assert found == Copies({"aa": 5}, {"cc": 7}, unfinished=True, free_bytes=40960)
    assert found.some
    assert not BundleCopies().process(["free 10 4096"]).some


def test_another_bundle_is_no_other_declaration_of_a_host() -> None:
    assert fingerprint([Bundle("/a", "1" * 64)]) == fingerprint([Bundle("/b", "2" * 64, on_host=True)])
    assert fingerprint([Bundle("/a", "1" * 64)]) != fingerprint([None])
