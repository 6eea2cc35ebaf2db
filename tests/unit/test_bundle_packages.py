"""apt's indexes and answers, and what a private apt is told."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gpufleet.bundle import packages, packages_index
from gpufleet.bundle.aptroot import HELPER, AptRoot
from gpufleet.bundle.aptroot_configuration import Own, configuration
from gpufleet.bundle.command import status_text
from gpufleet.bundle.packages import stored
from gpufleet.bundle.packages_index import Download
from gpufleet.bundle.packages_known import Indexes
from gpufleet.bundle.parts import store

if TYPE_CHECKING:
    from gpufleet.bundle.manifest import StoredFile

INDEX = """\
Package: docker-ce
Architecture: amd64
Version: 5:28.5.2-1~debian.13~trixie
Priority: optional
Depends: containerd.io (>= 1.6.24),
 iptables
Filename: dists/trixie/pool/stable/amd64/docker-ce_28.5.2.deb
Size: 20
MD5sum: 1
SHA256: aa
Description: Docker
 the engine

Package: libc6
Architecture: amd64
Version: 2.41-12
Priority: required
SHA256: bb

Package: dpkg
Architecture: amd64
Version: 1.22
Priority: important
Essential: yes
SHA256: cc
"""
DUMP = """\
Acquire::http::Proxy "http://user:secret@proxy.example:3128";
Acquire::https::CAInfo "/etc/ssl/company.pem";
Acquire::http "";
Acquire::Languages:: "de";
Acquire::GzipIndexes "true";
APT::Install-Recommends "0";
APT::Update::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb || true";
Dir::Cache "var/cache/apt";
"""
NEEDS_APT = pytest.mark.skipif(not Path(HELPER).exists(), reason="there is no apt on this machine")
OWN = Own("/etc/apt/auth.conf", "/etc/apt/auth.conf.d", "/etc/apt/trusted.gpg", "/etc/apt/trusted.gpg.d", "/a", "/b")


def stanza(name: str) -> packages_index.Stanza:
    (found,) = packages_index.chosen(INDEX, {name})
    return found


def test_an_index_tells_name_version_and_architecture() -> None:
    found = stanza("docker-ce")
    assert (found.name, found.version, found.architecture) == ("docker-ce", "5:28.5.2-1~debian.13~trixie", "amd64")


def test_control_fields_leave_out_what_speaks_of_the_file_and_keep_lines_that_go_on() -> None:
    assert stanza("docker-ce").control == (
        "Package: docker-ce\nArchitecture: amd64\nVersion: 5:28.5.2-1~debian.13~trixie\nPriority: optional\n"
        "Depends: containerd.io (>= 1.6.24),\n iptables\nDescription: Docker\n the engine\n"
    )


def test_the_smallest_system_has_packages_of_priority_required_and_essential_ones() -> None:
    assert [found.name for found in packages_index.required(INDEX)] == ["libc6", "dpkg"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "'https://x.example/d_26.1.5-2%7etrixie_amd64.deb' docker-ce_5%3a26.1.5-2~trixie_amd64.deb 34 SHA256:ab",
            Download("docker-ce_5%3a26.1.5-2~trixie_amd64.deb", 34, "ab"),
        ),
        ("'https://x.example/a_1_all.deb' a_1_all.deb 9 SHA512:ab", Download("a_1_all.deb", 9, None)),
        ("'https://x.example/a_1_all.deb' a_1_all.deb 9 ", Download("a_1_all.deb", 9, None)),
    ],
)
def test_every_form_in_which_apt_prints_a_download_is_read(line: str, expected: Download) -> None:
    printed = f"Reading package lists...\nThe following NEW packages will be installed:\n  a docker-ce\n{line}\n"
    assert packages_index.downloads(printed) == [expected]


def test_a_files_name_tells_the_package_with_its_epoch() -> None:
    found = Download("docker-ce_5%3a26.1.5-2~trixie_amd64.deb", 34, None)
    assert found.package == ("docker-ce", "5:26.1.5-2~trixie", "amd64")


def test_a_plan_names_what_is_installed_and_nothing_else() -> None:
    plan = "Inst libc6 (2.41 Debian:13 [amd64]) []\nConf libc6 (2.41)\nInst apt (3.0)\nRemv nano [8]\n"
    assert packages_index.planned(plan) == ["libc6", "apt"]


def test_versions_are_told_newest_first_and_once() -> None:
    rows = "".join(f" docker-ce | {each} Packages\n" for each in ("5:28.5.2-1 | a", "5:28.5.2-1 | b", "5:28.0 | a"))
    assert packages_index.versions(rows) == ["5:28.5.2-1", "5:28.0"]
    assert packages_index.versions("") == []


def test_a_status_says_installed_of_each_and_can_forget_packages() -> None:
    status = packages_index.installed([stanza("libc6"), stanza("dpkg")])
    assert status.count("Status: install ok installed\n") == 2
    assert status.index("Package: dpkg") < status.index("Package: libc6")
    assert "SHA256" not in status
    assert packages_index.without(status, {"dpkg"}) == packages_index.installed([stanza("libc6")])


def test_the_release_comes_before_its_updates() -> None:
    newer = INDEX.replace("2.41-12", "2.41-13")
    assert Indexes((INDEX, newer)).first({"libc6"})["libc6"].version == "2.41-12"
    assert len(Indexes((INDEX, newer)).all({"libc6"})) == 2


def test_what_is_downloaded_moves_into_the_bundle_with_what_its_index_says(tmp_path: Path) -> None:
    (tmp_path / "archives").mkdir()
    deb = tmp_path / "archives" / "libc6_2.41-12_amd64.deb"
    deb.write_bytes(b"content")
    index = INDEX.replace("SHA256: bb", f"SHA256: {sha256(b'content').hexdigest()}")
    found = {deb.name: Download(deb.name, 7, None)}
    ((package, file),) = stored(tmp_path / "archives", found, Indexes((index,)), tmp_path / "bundle")
    assert (package.name, package.file) == ("libc6", file.sha256)
    assert not deb.exists()


def test_a_file_that_no_index_names_is_refused_and_removed(tmp_path: Path) -> None:
    deb = tmp_path / "libc6_2.41-12_amd64.deb"
    deb.write_bytes(b"something else")
    with pytest.raises(RuntimeError, match="which no index names"):
        stored(tmp_path, {deb.name: Download(deb.name, 7, None)}, Indexes((INDEX,)), tmp_path / "bundle")
    assert not deb.exists()


def test_what_changes_while_it_is_stored_is_held_against_the_index_as_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deb = tmp_path / "libc6_2.41-12_amd64.deb"
    deb.write_bytes(b"content")

    def changed_meanwhile(folder: Path, source: Path) -> StoredFile:
        source.write_bytes(b"another")
        return store(folder, source)

    monkeypatch.setattr(packages, "store", changed_meanwhile)
    index = INDEX.replace("SHA256: bb", f"SHA256: {sha256(b'content').hexdigest()}")
    with pytest.raises(RuntimeError, match="which no index names"):
        stored(tmp_path, {deb.name: Download(deb.name, 7, None)}, Indexes((index,)), tmp_path / "bundle")


@NEEDS_APT
def test_names_that_are_no_utf_8_go_through_a_private_apt(tmp_path: Path) -> None:
    status = b"Package: a\nMaintainer: J\xf6rg\nStatus: install ok installed\n\n"
    (tmp_path / "status").write_bytes(status)
    apt = AptRoot(tmp_path / "root", tmp_path / "archives", "amd64")
    apt.set_status(status_text(tmp_path / "status"))
    assert (tmp_path / "root/var/lib/dpkg/status").read_bytes() == status


@NEEDS_APT
def test_an_index_with_names_that_are_no_utf_8_is_read(tmp_path: Path) -> None:
    (tmp_path / "Packages").write_bytes(INDEX.encode().replace(b"the engine", b"J\xf6rg's"))

    class Apt(AptRoot):
        def indexes(self) -> list[Path]:
            return [tmp_path / "Packages"]

    found = Indexes.of(Apt(tmp_path / "root", tmp_path / "archives", "amd64")).first({"docker-ce"})
    assert found["docker-ce"].control.encode()


def test_a_private_apt_takes_over_how_archives_are_reached_and_nothing_that_acts_or_decides() -> None:
    lines = configuration(OWN, DUMP, Path("/root-of-it"), Path("/out/archives"), "arm64").splitlines()
    assert lines[:2] == DUMP.splitlines()[:2]
    assert not [line for line in lines if "Post-Invoke" in line or "Recommends" in line or '"de"' in line]
    assert 'Dir "/root-of-it/";' in lines
    assert 'Dir::Etc::netrcparts "/etc/apt/auth.conf.d";' in lines
    assert 'APT::Architectures:: "arm64";' in lines
