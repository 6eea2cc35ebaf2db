"""The pure parts of the lab's mirror, and its apt index for packages of a vendor's own."""

from __future__ import annotations

import hashlib
import lzma
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from pysequoia import Cert, verify

from tests.lab.mirror import VENDOR_NAMES, cache, certificates, deb, keys, nvidia, repository, standins

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("debian", "program"),
    [
        ("26.1.5+dfsg1-9+deb13u1", "26.1.5"),
        ("1.7.24~ds1-6+deb13u1", "1.7.24"),
        ("1:0.13.1+ds1-3", "0.13.1"),
        ("0.19.0-3+b8", "0.19.0"),
    ],
)
def test_the_programs_version_is_found_in_debians(debian: str, program: str) -> None:
    assert standins.upstream(debian) == program


def test_a_version_without_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="no upstream version"):
        standins.upstream("git-snapshot")


def test_stand_ins_have_versions_as_docker_writes_them() -> None:
    debian = {"docker.io": "26.1.5+dfsg1-9", "docker-cli": "26.1.5+dfsg1-9", "containerd": "1.7.24~ds1-6"}
    debian |= {"docker-buildx": "0.13.1+ds1-3"}
    versions = {stand_in.name: stand_in.version_in(standins.SUITES[0], "2", debian) for stand_in in standins.STAND_INS}
    assert versions == {
        "docker-ce": "5:26.1.5-2~debian.13~trixie",
        "docker-ce-cli": "5:26.1.5-2~debian.13~trixie",
        "containerd.io": "1.7.24-2",
        "docker-buildx-plugin": "0.13.1-2~debian.13~trixie",
    }


def test_a_release_file_lists_each_index_with_size_and_sums() -> None:
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    text = repository.release("trixie", "amd64", {"stable/binary-amd64/Packages": b""}, when)
    assert "Date: Fri, 02 Jan 2026 03:04:05 UTC\n" in text
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert f"SHA256:\n {empty}        0 stable/binary-amd64/Packages\n" in text
    assert "SHA1" not in text
    assert "MD5Sum" not in text


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys as the mirror makes them."""
    folder = tmp_path_factory.mktemp("keys")
    keys.make(folder)
    return folder


def test_signatures_verify_with_the_published_key_only(secrets: Path) -> None:
    signed = keys.load(secrets, "docker").inline(b"Suite: trixie\n")
    right, other = (Cert.from_bytes(keys.published(secrets, name)) for name in ("docker", "other"))
    assert verify(signed, lambda _: [right]).bytes == b"Suite: trixie\n"
    with pytest.raises(Exception, match=r"(?i)missing key|no valid signature"):
        verify(signed, lambda _: [other])


def test_secret_keys_are_for_their_owner_and_fingerprints_differ(secrets: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in secrets.glob("*.key")} == {0o600}
    fingerprints = {keys.fingerprint(secrets, name) for name in keys.OWNERS}
    assert len(fingerprints) == 3
    assert all(len(fingerprint) == 40 and fingerprint.isupper() for fingerprint in fingerprints)


def test_the_certificate_is_for_the_vendors_names(tmp_path: Path) -> None:
    certificates.make(tmp_path, VENDOR_NAMES)
    server, authority = x509.load_pem_x509_certificates((tmp_path / certificates.CHAIN).read_bytes())
    server.verify_directly_issued_by(authority)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == list(VENDOR_NAMES)
    assert (tmp_path / certificates.KEY).stat().st_mode & 0o777 == 0o600


def package(folder: Path, name: str, version: str) -> Path:
    """A .deb without files."""
    control = folder / f"{name}-{version}" / "DEBIAN" / "control"
    control.parent.mkdir(parents=True)
    control.write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: a <a@b.invalid>\nDescription: x\n"
    )
    built = folder / f"{name}_{version.replace(':', '%3a')}_all.deb"
    subprocess.run(["dpkg-deb", "--build", control.parents[1], built], check=True, capture_output=True)
    return built


def test_a_vendors_package_replaces_the_stand_ins_of_its_name_in_its_suite(tmp_path: Path) -> None:
    stand_ins = [package(tmp_path, "docker-ce", "5:1-1"), package(tmp_path, "containerd.io", "1-1")]
    real = package(tmp_path, "docker-ce", "5:28.0.0-1~debian.13~trixie")
    assert repository.offered(stand_ins, [real], "trixie") == [real, stand_ins[1]]
    assert repository.offered(stand_ins, [real], "bookworm") == stand_ins


def test_a_flat_repository_offers_release_candidates_of_the_vendor_too(tmp_path: Path) -> None:
    stand_in = package(tmp_path, "libnvidia-container1", "1.20.0-1")
    real = package(tmp_path, "libnvidia-container1", "1.21.0~rc.1-1")
    assert repository.offered([stand_in], [real]) == [real]


def test_a_vendor_folder_without_packages_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_VENDOR_DEBS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"no \.deb files"):
        repository.vendor_debs()
    monkeypatch.delenv("LAB_VENDOR_DEBS")
    assert repository.vendor_debs() == []


def test_a_written_suite_names_its_packages_by_place_size_and_sum(tmp_path: Path, secrets: Path) -> None:
    built = package(tmp_path, "docker-ce", "5:1-1")
    repository.write(tmp_path / "debian", "trixie", [built], keys.load(secrets, "docker"))
    index = next((tmp_path / "debian").rglob("Packages")).read_text()
    path = next(line.removeprefix("Filename: ") for line in index.splitlines() if line.startswith("Filename: "))
    assert path.startswith("dists/trixie/pool/stable/")
    assert (tmp_path / "debian" / path).read_bytes() == built.read_bytes()
    assert f"Size: {built.stat().st_size}\n" in index


def test_a_flat_repository_lies_as_nvidias_does(tmp_path: Path, secrets: Path) -> None:
    built = [package(tmp_path, "libnvidia-container1", version) for version in ("1.19.1-1", "1.20.0-1")]
    folder = tmp_path / "stable/deb/amd64"
    repository.write_flat(folder, built, keys.load(secrets, "nvidia"))
    assert {path.name for path in folder.iterdir()} == {
        "InRelease",
        "Packages",
        "Packages.xz",
        *(d.name for d in built),
    }
    index = (folder / "Packages").read_bytes()
    assert lzma.decompress((folder / "Packages.xz").read_bytes()) == index
    assert f"Filename: ./{built[0].name}\n".encode() in index
    signed = (folder / "InRelease").read_bytes()
    text = verify(signed, lambda _: [Cert.from_bytes(keys.published(secrets, "nvidia"))]).bytes
    assert f" {hashlib.sha512(index).hexdigest()} {len(index):>8} Packages\n".encode() in (text or b"")
    assert b"Components" not in (text or b"")


def test_nvidias_packages_ask_for_exactly_their_own_version(tmp_path: Path) -> None:
    nvidia.make(tmp_path)
    fields = {
        path.name: subprocess.check_output(["dpkg-deb", "--field", path], text=True) for path in tmp_path.iterdir()
    }
    assert len(fields) == len(nvidia.PROGRAMS) * len(nvidia.VERSIONS)
    assert all("Description: lab stand-in for the NVIDIA" in control for control in fields.values())
    toolkit = next(control for name, control in fields.items() if name.startswith("nvidia-container-toolkit_1.19.1-1"))
    assert "nvidia-container-toolkit-base (= 1.19.1-1), libnvidia-container-tools (= 1.19.1-1)" in toolkit
    tools = next(control for name, control in fields.items() if name.startswith("libnvidia-container-tools_1.20.0-1"))
    assert "libnvidia-container1 (= 1.20.0-1)" in tools


def test_packages_of_a_vendor_go_into_their_own_vendors_repository() -> None:
    assert all(nvidia.is_nvidias(name) for name in nvidia.PROGRAMS)
    assert not any(nvidia.is_nvidias(stand_in.name) for stand_in in standins.STAND_INS)


def test_a_folder_is_made_once_per_key_and_never_left_half_made(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "file").touch()

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise RuntimeError

    target = tmp_path / "target"
    cache.made(target, "1", fill)
    cache.made(target, "1", fail)
    with pytest.raises(RuntimeError):
        cache.made(target, "2", fail)
    assert [path.name for path in target.iterdir()] == ["file"]
    cache.made(target, "2", fill)
    assert not (tmp_path / "target.new").exists()


def test_a_package_with_shared_data_holds_its_own_control_file(tmp_path: Path) -> None:
    tree, control, target = tmp_path / "tree", tmp_path / "control", tmp_path / "a.deb"
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/program").write_text("odd")
    (control / "DEBIAN").mkdir(parents=True)
    (control / "DEBIAN" / "control").write_text(deb.CONTROL.replace("Version: 0", "Version: 7"))
    deb.write(target, control, deb.data(tree))
    subprocess.run(["dpkg-deb", "--extract", target, tmp_path / "out"], check=True)
    assert (tmp_path / "out/usr/bin/program").read_text() == "odd"
    version = subprocess.run(["dpkg-deb", "--field", target, "Version"], check=True, capture_output=True, text=True)
    assert version.stdout == "7\n"


def test_what_is_no_archive_is_refused() -> None:
    with pytest.raises(ValueError, match="not an ar archive"):
        deb.members(b"<html>")
