"""The shell scripts that take parts of a bundle on a host, make files of them, and keep what an earlier run left."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from pyinfra.api import FactProcessError

from gpufleet.bundle import parts
from gpufleet.bundle.manifest import Part, StoredFile
from gpufleet.bundle.sending import archive, base64_lines
from gpufleet.facts.bundle import BundleParts
from gpufleet.facts.scripts import script

if TYPE_CHECKING:
    from pathlib import Path

CONTENTS = [b"short", b"0123456789abcdefXYZ", b"01234567"]
"""In parts of 8 bytes: one; three, the first of which is also all of the last."""


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(parts, "PART_BYTES", 8)
    return tmp_path / "bundle"


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    return tmp_path / "copies"


def run(name: str, *arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    text = script(name, "gpufleet.operations.scripts")
    command = ["sh", "-c", text, "sh", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=30)


def send(bundle: Path, copies: Path, chosen: list[Part]) -> subprocess.CompletedProcess[str]:
    stdin = "".join(f"{line}\n" for line in base64_lines(archive(bundle, chosen)))
    return run("bundle-parts.sh", copies, "they are there", stdin=stdin)


def assemble(copies: Path, folder: Path, files: list[StoredFile], keep: str = "") -> subprocess.CompletedProcess[str]:
    lines = [" ".join([file.sha256, *(f"{part.sha256}:{part.size}" for part in file.parts)]) for file in files]
    return run("bundle-files.sh", copies, folder, keep, stdin="".join(f"{line}\n" for line in lines))


def listed(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def every_part(files: list[StoredFile]) -> list[Part]:
    return list({part.sha256: part for file in files for part in file.parts}.values())


def test_parts_that_were_sent_become_the_files_and_go(bundle: Path, copies: Path) -> None:
    files = [parts.store(bundle, content) for content in CONTENTS]
    sent = send(bundle, copies, every_part(files))
    assert (sent.returncode, sent.stdout) == (0, "they are there\n"), sent.stderr
    assert len(listed(copies / "parts")) == 4
    assert assemble(copies, copies / "parts", files).returncode == 0
    assert listed(copies / "files") == {hashlib.sha256(content).hexdigest(): content for content in CONTENTS}
    assert not listed(copies / "parts")


def test_a_part_with_other_content_than_its_name_says_is_not_taken(bundle: Path, copies: Path) -> None:
    good, bad = (parts.store(bundle, content).parts[0] for content in (b"good", b"bad"))
    parts.part_path(bundle, bad.sha256).write_bytes(b"BAD")
    done = send(bundle, copies, [good, bad])
    assert done.returncode == 1
    assert f"{bad.sha256}: SHA-256 {hashlib.sha256(b'BAD').hexdigest()}" in done.stderr
    assert bad.sha256 not in listed(copies / "parts")
    assert f"{bad.sha256}.partial" not in listed(copies / "parts")


def test_an_upload_that_breaks_off_leaves_what_had_come_whole_for_the_next_one(bundle: Path, copies: Path) -> None:
    first, second = parts.store(bundle, b"first").parts[0], parts.store(bundle, b"second").parts[0]
    text = "".join(base64_lines(archive(bundle, [first, second])))
    cut = run("bundle-parts.sh", copies, "they are there", stdin=text[: 4 * ((512 + 512 + 512 + 2) // 3)])
    assert cut.returncode == 1
    assert "could not be written" in cut.stderr
    assert all(name.endswith(".partial") for name in listed(copies / "parts"))
    left = run("bundle-sound.sh", copies)
    assert left.returncode == 0, left.stderr
    assert "1 parts and files of the bundle here, and 1 that are not whole" in left.stdout
    assert listed(copies / "parts") == {first.sha256: b"first"}


def test_copies_that_were_changed_since_are_taken_away(bundle: Path, copies: Path) -> None:
    files = [parts.store(bundle, content) for content in CONTENTS]
    send(bundle, copies, every_part(files))
    for part in every_part(files)[:2]:
        (copies / "parts" / part.sha256).write_bytes(b"else")
    assert run("bundle-sound.sh", copies).returncode == 0
    assert sorted(listed(copies / "parts")) == sorted(part.sha256 for part in every_part(files)[2:])


def test_a_bundle_on_the_host_is_only_read(bundle: Path, copies: Path) -> None:
    files = [parts.store(bundle, content) for content in CONTENTS]
    before = listed(bundle / "parts")
    assert assemble(copies, bundle / "parts", files, "keep").returncode == 0
    assert set(listed(copies / "files").values()) == set(CONTENTS)
    assert listed(bundle / "parts") == before


@pytest.mark.parametrize("how", ["cut short", "changed", "missing"])
def test_a_damaged_part_on_the_host_is_named_before_anything_is_copied(bundle: Path, copies: Path, how: str) -> None:
    files = [parts.store(bundle, content) for content in CONTENTS]
    part = files[1].parts[1]
    path = parts.part_path(bundle, part.sha256)
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(b"short" if how == "cut short" else b"else----")
    done = assemble(copies, bundle / "parts", files, "keep")
    assert done.returncode == 1
    assert done.stderr.startswith(f"refused: {path}: ")
    for word in (how, part.sha256):
        assert word in done.stderr
    assert not listed(copies / "files")


def look(folder: Path, chosen: list[Part]) -> str | None:
    """What the fact makes of parts that lie on a host."""
    lines = "".join(f"{part.sha256}:{part.size}\n" for part in chosen)
    text = script("bundle-parts-there.sh")
    command = ["sh", "-c", text, "sh", str(folder)]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, timeout=30)
    return BundleParts().process(done.stdout.splitlines())


def test_parts_on_a_host_that_are_as_they_should_be_are_told_so(bundle: Path) -> None:
    assert look(bundle / "parts", every_part([parts.store(bundle, content) for content in CONTENTS])) is None


@pytest.mark.parametrize(
    ("left", "how"), [(None, "missing"), (b"0123", "cut short"), (b"ABCDEFGH", "changed: SHA-256")]
)
def test_the_first_bad_part_on_a_host_is_told_by_its_path(bundle: Path, left: bytes | None, how: str) -> None:
    files = [parts.store(bundle, content) for content in CONTENTS]
    path = bundle / "parts" / files[1].parts[1].sha256
    path.unlink()
    if left is not None:
        path.write_bytes(left)
    found = look(bundle / "parts", every_part(files))
    assert found
    assert found.startswith(f"{path}: ")
    assert how in found


def test_half_an_answer_about_parts_is_none() -> None:
    with pytest.raises(FactProcessError):
        BundleParts().process([])


def test_a_file_whose_parts_make_another_one_is_refused(bundle: Path, copies: Path) -> None:
    stored = parts.store(bundle, CONTENTS[1])
    wrong = StoredFile("0" * 64, stored.size, stored.parts)
    done = assemble(copies, bundle / "parts", [wrong], "keep")
    assert done.returncode == 1
    assert f"SHA-256 {stored.sha256}, expected {wrong.sha256}" in done.stderr
    assert not listed(copies / "files")


@pytest.mark.parametrize("without", [["ln"], ["ln", "cp"], ["mv"]])
def test_a_part_that_does_not_become_a_file_stays_and_is_told(
    bundle: Path, copies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: list[str]
) -> None:
    stored = parts.store(bundle, b"short")
    send(bundle, copies, list(stored.parts))
    for name in without:
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    done = assemble(copies, copies / "parts", [stored])
    made = without == ["ln"]  # a file system without links
    assert (done.returncode == 0) == made, done.stderr
    assert ("it cannot be written" in done.stderr) != made
    assert listed(copies / ("files" if made else "parts")) == {stored.sha256: b"short"}
    assert not listed(copies / ("parts" if made else "files"))


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="there is no apt on this machine")
def test_what_a_host_has_declared_for_its_own_archives_does_not_count_for_the_bundle(tmp_path: Path) -> None:
    own = tmp_path / "own.conf"
    own.write_text('APT::Default-Release "trixie";\nAPT::Update::Post-Invoke { "touch asked"; };\nAPT::Keep "me";\n')
    text = f'{script("apt-bundle.sh", "gpufleet.operations.scripts")}\napt-config -c "$APT_CONFIGURATION" dump'
    command = ["sh", "-euc", text, "sh", str(tmp_path / "bundle")]
    environment = {**os.environ, "APT_CONFIG": str(own)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert 'APT::Keep "me";' in done.stdout
    assert f'{tmp_path}/bundle/apt/sources.list";' in done.stdout
    assert "trixie" not in done.stdout
    assert "touch asked" not in done.stdout  # Ubuntu's hooks ask a network
