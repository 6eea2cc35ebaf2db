"""The command line of `gpufleet bundle`, and `bundle verify`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gpufleet.bundle import command_summary, made_here, parts
from gpufleet.bundle.command_line import a_user
from gpufleet.bundle.gather_folder import finish
from gpufleet.bundle.manifest import Manifest, StoredImage, StoredKey, StoredPackage
from gpufleet.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _memory(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(made_here.VARIABLE, str(tmp_path_factory.mktemp("state")))


def bundle(folder: Path) -> Manifest:
    package, key, config, layer = (parts.store(folder, bytes([65 + each]) * 10) for each in range(4))
    manifest = Manifest(
        target="debian13",
        architecture="amd64",
        packages=(StoredPackage("docker-ce", "5:28.5.2", "amd64", package.sha256, "Package: docker-ce\n"),),
        keys=(StoredKey("docker", "A" * 40, key.sha256),),
        images=(
            StoredImage("gpufleet/cuda:12-a", "a", config.sha256, (layer.sha256,), 100, "1000"),
            StoredImage("gpufleet/cuda:13-b", "b", config.sha256, (layer.sha256,), 100, "1000"),
        ),
        files=tuple(sorted((package, key, config, layer), key=lambda file: file.sha256)),
    )
    finish(folder, manifest)
    return manifest


def test_a_user_is_a_number_or_two() -> None:
    assert a_user("1000") == (1000, 1000)
    assert a_user("1000:100") == (1000, 100)


@pytest.mark.parametrize("text", ["bob", "", "-1", "1000:", "4294967295", "1:2:3"])
def test_what_is_no_user_is_wrong_usage(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bundle", "--for", "debian13", "--output", "x", f"--user={text}"])
    assert ended.value.code == 64
    assert "not a user's number" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "missing"), [(["--output", "x"], "--for"), (["--for", "debian13"], "--output"), ([], "--for")]
)
def test_what_cannot_be_left_out_is_named(words: list[str], missing: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bundle", *words])
    assert ended.value.code == 64
    assert f"{missing} is missing" in capsys.readouterr().err


def test_an_unknown_distribution_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "--for", "debain13", "--output", str(tmp_path / "new")]) == 64
    assert "did you mean debian13?" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_bundle_as_it_was_made_is_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = bundle(tmp_path)
    assert main(["bundle", "verify", str(tmp_path)]) == 0
    assert main(["bundle", "verify", str(tmp_path), "--sha256", manifest.sha256]) == 0
    assert manifest.sha256 in capsys.readouterr().out


def test_every_part_that_cannot_be_used_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = bundle(tmp_path)
    missing, changed = (parts.part_path(tmp_path, each.sha256) for each in manifest.files[:2])
    missing.unlink()
    changed.write_bytes(b"0123456789")
    assert main(["bundle", "verify", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"{missing}: missing, expected 10 bytes" in said
    assert f"{changed}: changed" in said
    assert "2 of 4 parts cannot be used" in said


def test_another_bundle_than_the_trusted_one_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle(tmp_path)
    assert main(["bundle", "verify", str(tmp_path), "--sha256", "0" * 64]) == 2
    assert "expected 000" in capsys.readouterr().err


def test_a_folder_without_a_bundle_cannot_be_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "verify", str(tmp_path)]) == 1
    assert "no bundle made by" in capsys.readouterr().err


def test_a_manifest_that_names_a_file_it_does_not_list_is_refused(tmp_path: Path) -> None:
    manifest = bundle(tmp_path)
    broken = replace(manifest, keys=(StoredKey("docker", "A" * 40, "f" * 64),))
    (tmp_path / "manifest.json").write_text(broken.text())
    assert main(["bundle", "verify", str(tmp_path)]) == 1


def test_the_summary_counts_what_images_share_once_and_ends_with_the_settings(tmp_path: Path) -> None:
    manifest = bundle(tmp_path)
    said = command_summary.summary(manifest, tmp_path)
    assert "4 parts, 0.0 MB" in said
    assert "1 package " in said
    assert "2 images " in said
    assert said.endswith(f'bundle_path = "{tmp_path}"\nbundle_sha256 = "{manifest.sha256}"\n')


def test_what_is_no_hash_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bundle", "verify", str(tmp_path), "--sha256", "0123"])
    assert ended.value.code == 64
    assert "0123: not a SHA-256, which has 64 hexadecimal digits" in capsys.readouterr().err
