"""What is gathered, for whom, from where and into which folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import roles
from gpufleet.bundle import gather_sources, made_here, parts
from gpufleet.bundle.command_settings import bundle_undeclared, joined
from gpufleet.bundle.gather import _pin_sets
from gpufleet.bundle.gather_choice import Choice
from gpufleet.bundle.gather_folder import WORK, FolderError, finish, former, gathering
from gpufleet.bundle.gather_images import ArchitectureError, Images, ImageSource, gathered
from gpufleet.bundle.gather_targets import (
    ARCHITECTURES,
    RELEASES,
    UnknownTargetError,
    in_words,
    is_this_machine,
    target,
)
from gpufleet.bundle.manifest import Manifest, StoredImage
from gpufleet.bundle.manifest_reading import read_file
from gpufleet.bundle.packages_index import states
from gpufleet.bundle.wanted import Wanted, WantedImage
from gpufleet.images.recipe import CONTENT_LABEL
from gpufleet.settings import SettingsError
from roles.cuda_image import bundled as image
from roles.docker_engine import bundled as docker
from roles.nvidia_container_toolkit import bundled as toolkit
from roles.platform import bundled as platform
from roles.platform.support import EXPECTED, EXPECTED_ARCHITECTURES, TESTED, TESTED_ARCHITECTURES

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.fixture(autouse=True)
def _memory(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(made_here.VARIABLE, str(tmp_path_factory.mktemp("state")))


TRIXIE = target("debian13", "amd64")
BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'


def test_there_is_a_bundle_for_every_release_and_architecture_that_is_supported() -> None:
    assert {(each.distribution, each.version) for each in RELEASES} == TESTED | EXPECTED
    assert set(ARCHITECTURES) == TESTED_ARCHITECTURES | EXPECTED_ARCHITECTURES


@pytest.mark.parametrize("name", ["debian13", "Debian 13", "debian-13", "trixie"])
def test_a_release_is_known_by_the_ways_in_which_people_write_it(name: str) -> None:
    assert target(name, "arm64") == replace(TRIXIE, architecture="arm64")


def test_an_unknown_release_or_architecture_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownTargetError, match=r"--for ubunut24.04: .*did you mean ubuntu24.04\?"):
        target("ubunut24.04", "amd64")
    with pytest.raises(UnknownTargetError, match="--architecture x86_64: there are amd64, arm64"):
        target("debian13", "x86_64")


def test_this_machine_is_known_by_its_os_release() -> None:
    assert is_this_machine(target("debian12", "amd64"), BOOKWORM)
    assert not is_this_machine(TRIXIE, BOOKWORM)
    assert in_words(BOOKWORM) == "Debian GNU/Linux 12 (bookworm)"


def test_a_bare_host_gets_dockers_own_packages_pinned_where_the_version_speaks_of_them() -> None:
    found = docker.wanted({"docker_engine_version": "28.5.2"}, TRIXIE, Choice())
    assert found.packages == {
        "docker-ce": "28.5.2",
        "docker-ce-cli": "28.5.2",
        "containerd.io": None,
        "docker-buildx-plugin": None,
    }
    (repository,) = found.repositories
    assert repository.key_url == "https://download.docker.com/linux/debian/gpg"
    assert f"Signed-By: {repository.keyring}\n" in repository.source
    assert "Suites: trixie\n" in repository.source


def test_dockers_repository_is_not_wanted_where_docker_is_the_distributions() -> None:
    found = docker.wanted({"docker_engine_source": "distribution"}, TRIXIE, Choice())
    assert found == Wanted(dict.fromkeys(["docker.io", "docker-cli", "docker-buildx", "iptables"]))


def status(package: str, state: str) -> str:
    return f"Package: {package}\nStatus: {state}\nVersion: 26.1.5+dfsg1-9\n\n"


@pytest.mark.parametrize(
    ("text", "data", "engine"),
    [
        (status("docker.io", "install ok installed"), {}, "docker.io"),
        (status("docker.io", "hold ok installed"), {}, "docker.io"),
        (status("docker.io", "install ok installed"), {"docker_engine_source": "docker"}, "docker-ce"),
        (status("docker.io", "deinstall ok config-files"), {}, "docker-ce"),
        (status("docker-ce", "install ok installed"), {}, "docker-ce"),
        (status("nano", "install ok installed"), {}, "docker-ce"),
        ("", {}, "docker-ce"),
    ],
)
def test_a_host_keeps_the_family_of_docker_that_its_status_shows(text: str, data: dict[str, str], engine: str) -> None:
    found = docker.wanted(data, TRIXIE, Choice(packages=states(text)))
    assert engine in found.packages
    assert len({"docker.io", "docker-ce"} & set(found.packages)) == 1
    assert bool(found.repositories) == (engine == "docker-ce")


def test_systemd_is_wanted_where_a_wsl_distribution_is_to_start_with_it() -> None:
    data = {"platform_wsl_boot": "systemd"}
    assert set(platform.wanted(data, TRIXIE, Choice()).packages) == {"systemd-sysv", "libpam-systemd", "dbus"}
    assert platform.wanted({}, TRIXIE, Choice()) == Wanted()


def test_every_role_that_takes_packages_from_a_bundle_says_which() -> None:
    taking = {path.parent.name for path in Path(roles.__path__[0]).glob("*/*.py") if "bundle=" in path.read_text()}
    assert taking == {name.split(".")[1] for name in roles.BUNDLED}


def test_declared_authorities_bring_the_package_that_installs_them(tmp_path: Path) -> None:
    file = tmp_path / "company.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\n")
    found = docker.wanted({"docker_engine_certificate_authorities": [str(file)]}, TRIXIE, Choice())
    assert "ca-certificates" in found.packages


def test_the_toolkit_is_wanted_at_one_version_unless_no_gpu_is() -> None:
    found = toolkit.wanted({"nvidia_container_toolkit_version": "1.19.1"}, TRIXIE, Choice())
    assert set(found.packages.values()) == {"1.19.1-1"}
    assert len(found.packages) == 4
    assert toolkit.wanted({"platform_gpu": "none"}, TRIXIE, Choice()) == Wanted()


def test_images_are_wanted_for_each_cuda_and_each_user_that_settings_leave_open() -> None:
    found = image.wanted({}, TRIXIE, Choice(users=((1000, 1000), (1001, 1001)))).images
    assert len({each.reference for each in found}) == 4
    assert {each.labels["gpufleet.cuda"] for each in found} == {"12", "13"}
    assert {each.recipe.arguments["USER_UID"] for each in found} == {"1000", "1001"}


def test_settings_decide_about_images_before_the_command_line() -> None:
    data = {"cuda_image_cuda": 13, "cuda_image_uid": 1500, "cuda_image_gid": 1500}
    (found,) = image.wanted(data, TRIXIE, Choice(users=((1000, 1000), (1001, 1001)))).images
    assert (found.labels["gpufleet.cuda"], found.recipe.arguments["USER_UID"]) == ("13", "1500")


def test_no_image_is_wanted_where_no_gpu_is_unless_its_cuda_is_declared() -> None:
    assert image.wanted({"platform_gpu": "none"}, TRIXIE, Choice()) == Wanted()
    assert len(image.wanted({"platform_gpu": "none", "cuda_image_cuda": 12}, TRIXIE, Choice()).images) == 1


def test_the_roles_of_a_host_are_joined() -> None:
    found = joined([docker.wanted, toolkit.wanted, image.wanted], {}, TRIXIE, Choice())
    assert len(found.packages) == 8
    assert [each.name for each in found.repositories] == ["docker", "nvidia-container-toolkit"]
    assert len(found.images) == 2
    with pytest.raises(SettingsError, match="docker_engine_source"):
        joined([docker.wanted], {"docker_engine_source": "podman"}, TRIXIE, Choice())


def test_hosts_that_want_the_same_packages_count_once_and_others_apart() -> None:
    one, other = {"a": "1", "b": None}, {"a": "2", "b": None}
    reordered = {"b": None, "a": "1"}
    assert _pin_sets([Wanted(one), Wanted(other), Wanted(reordered), Wanted()]) == [one, other]


def test_sources_that_a_person_gives_are_read_by_their_ending(tmp_path: Path) -> None:
    file = tmp_path / "mine.sources"
    file.write_text("Types: deb\nURIs: http://archive.example/debian\nSuites: trixie\nComponents: main\n")
    assert gather_sources.given(file) == {"distribution.sources": file.read_text()}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "deb x y z", "has to end in"),
        ("a.list", "# nothing\n\n", "no source"),
        ("b.list", None, "No such file"),
    ],
)
def test_a_file_that_holds_no_sources_is_refused(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(gather_sources.SourcesError, match=message):
        gather_sources.given(tmp_path / name)


def test_sources_lose_their_own_entries_for_a_vendor() -> None:
    (repository,) = docker.wanted({}, TRIXIE, Choice()).repositories
    texts = {
        "00-sources.list": "deb http://archive.example/debian trixie main\n",
        "01-docker.list": "deb [signed-by=/x.gpg] https://download.docker.com/linux/debian trixie stable\n",
    }
    assert gather_sources.without_vendors(texts, [repository]) == {**texts, "01-docker.list": ""}


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(FolderError, match=r"holds thesis\.tex"), gathering(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_files_of_somebody_elses_in_a_folder_of_the_same_name_are_left_alone(tmp_path: Path) -> None:
    part = parts.store(tmp_path, b"of a bundle that was begun").sha256
    (tmp_path / "parts" / "wheel.step").write_text("a bicycle's")
    with pytest.raises(FolderError, match=r"holds parts/wheel\.step"), gathering(tmp_path):
        pass
    assert {path.name for path in (tmp_path / "parts").iterdir()} == {part, "wheel.step"}


def test_a_part_that_was_half_written_is_no_strangers(tmp_path: Path) -> None:
    part = parts.store(tmp_path, b"of a bundle that was begun").sha256
    (tmp_path / "parts" / f"{part}.partial").write_bytes(b"half")
    with gathering(tmp_path):
        pass


def test_two_cannot_gather_into_one_folder(tmp_path: Path) -> None:
    with gathering(tmp_path), pytest.raises(FolderError, match="another"), gathering(tmp_path):
        pass


def test_downloads_stay_after_an_error_and_an_untouched_folder_goes(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), gathering(tmp_path / "new"):
        raise OSError("full")
    assert not (tmp_path / "new").exists()
    begun = tmp_path / "begun" / WORK / "archives"
    begun.mkdir(parents=True)
    (begun / "a.deb").write_bytes(b"")
    with pytest.raises(OSError, match="full"), gathering(tmp_path / "begun"):
        raise OSError("full")
    with gathering(tmp_path / "begun") as work:
        assert (work / "archives" / "a.deb").exists()
    assert not (tmp_path / "begun" / WORK).exists()


def bundle_with_image(folder: Path, architecture: str) -> tuple[Manifest, WantedImage]:
    (wanted,) = image.wanted({"cuda_image_cuda": 13}, TRIXIE, Choice()).images
    config = parts.store(folder, f'{{"architecture": "{architecture}"}}'.encode())
    layer = parts.store(folder, b"a layer")
    found = StoredImage(wanted.reference, wanted.labels[CONTENT_LABEL], config.sha256, (layer.sha256,), 7)
    manifest = Manifest("debian13", architecture, packages=(), keys=(), images=(found,), files=(config, layer))
    finish(folder, manifest)
    return manifest, wanted


def quietly(_words: str) -> None:
    """Nobody is told of steps."""


def asked(folder: Path, wanted: WantedImage, source: ImageSource) -> Images:
    return gathered([wanted, wanted], TRIXIE, folder, source, quietly)


def test_an_image_that_a_former_bundle_has_is_not_asked_for_again(tmp_path: Path) -> None:
    manifest, wanted = bundle_with_image(tmp_path, "amd64")
    found = asked(tmp_path, wanted, lambda _images, _folder: pytest.fail("it is there"))
    assert found == [(manifest.images[0], list(manifest.files))]


@pytest.mark.parametrize("trouble", ["a missing layer", "other content", "other machines", "another maker"])
def test_an_image_that_a_former_bundle_cannot_give_is_asked_for(tmp_path: Path, trouble: str) -> None:
    manifest, wanted = bundle_with_image(tmp_path, "arm64" if trouble == "other machines" else "amd64")
    if trouble == "a missing layer":
        parts.part_path(tmp_path, manifest.images[0].layers[0]).unlink()
    if trouble == "another maker":  # who has put another image into it, with all hashes as they should be
        made_here.place().unlink()
    if trouble == "other content":
        wanted = replace(wanted, labels={**wanted.labels, CONTENT_LABEL: "another"})
    asked_for: list[str] = []

    def built(images: Sequence[WantedImage], _folder: Path) -> Images:
        asked_for.extend(each.reference for each in images)
        return []

    assert asked(tmp_path, wanted, built) == []
    assert asked_for == [wanted.reference]


def test_a_bundle_whose_making_cannot_be_noted_is_made_all_the_same(tmp_path: Path) -> None:
    made_here.place().parent.write_text("no folder")
    manifest, _ = bundle_with_image(tmp_path, "amd64")
    assert read_file(tmp_path, manifest.sha256) == manifest
    assert former(tmp_path) is None


def test_an_image_built_for_other_machines_is_refused(tmp_path: Path) -> None:
    manifest, wanted = bundle_with_image(tmp_path / "elsewhere", "arm64")
    config = parts.store(tmp_path, b'{"architecture": "arm64"}')
    built: Images = [(manifest.images[0], [config])]
    with pytest.raises(ArchitectureError, match="built for arm64, and the bundle is for amd64"):
        asked(tmp_path, wanted, lambda _images, _folder: built)


def test_an_inventory_is_read_whatever_it_says_of_a_bundle() -> None:
    before = roles.SETTINGS
    with bundle_undeclared():
        assert "bundle" not in {model.role for model in roles.SETTINGS}
        assert len(roles.SETTINGS) == len(before) - 1
    assert before == roles.SETTINGS


def test_the_manifest_comes_last_and_is_not_written_again(tmp_path: Path) -> None:
    file = parts.store(tmp_path, b"content")
    parts.store(tmp_path, b"of an older bundle")
    manifest = Manifest("debian13", "amd64", packages=(), keys=(), images=(), files=(file,))
    assert former(tmp_path) is None
    finish(tmp_path, manifest)
    assert former(tmp_path) == manifest
    assert [path.name for path in (tmp_path / "parts").iterdir()] == [file.sha256]
    before = (tmp_path / "manifest.json").stat()
    finish(tmp_path, manifest)
    assert (tmp_path / "manifest.json").stat().st_ino == before.st_ino
