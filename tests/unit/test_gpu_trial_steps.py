"""The trial's steps for containerd and for a removal: what they make of answers, without a host."""

from __future__ import annotations

import subprocess

import pytest

from tests.gpu.before import LOOK, by_reason, named_packages, said
from tests.gpu.host import TrialError
from tests.gpu.steps import cri
from tests.gpu.steps.containerd import reference, version

DOCKER_STAYS = "Group docker stays: files may belong to it."
OPENSSL_STAYS = "Packages that came with apply and stay, since other programs may need them: ca-certificates, openssl."
BEFORE = ["path /etc/hosts f  644 0:0", "content /etc/hosts 11", "content /etc/group 22", "package bash install"]


def unsaid(after: list[str], *notices: str, owned: tuple[str, ...] = ()) -> list[str]:
    return [line for line, reason in said(BEFORE, after, notices, owned).items() if reason is None]


def test_a_host_that_is_as_before_differs_in_nothing() -> None:
    assert said(BEFORE, BEFORE, [], ()) == {}


def test_a_file_that_came_went_or_changed_and_of_which_nothing_was_said_is_found() -> None:
    assert unsaid([*BEFORE, "path /etc/docker d  755 0:0"]) == ["path /etc/docker d  755 0:0"]
    assert unsaid(BEFORE[1:]) == ["path /etc/hosts f  644 0:0"]
    changed = ["content /etc/hosts 12" if line.startswith("content /etc/hosts") else line for line in BEFORE]
    assert unsaid(changed) == ["content /etc/hosts 11", "content /etc/hosts 12"]


def test_a_group_that_stays_and_its_file_need_the_sentence() -> None:
    after = [*(line for line in BEFORE if "/etc/group" not in line), "content /etc/group 23", "group docker :x:99:"]
    assert unsaid(after, DOCKER_STAYS) == []
    assert len(unsaid(after)) == 3
    assert "group video :x:44:" in unsaid([*after, "group video :x:44:"], DOCKER_STAYS)


def test_the_file_of_groups_is_not_explained_by_a_sentence_alone() -> None:
    after = [*(line for line in BEFORE if "/etc/group" not in line), "content /etc/group 23"]
    assert unsaid(after, DOCKER_STAYS) == ["content /etc/group 22", "content /etc/group 23"]


def test_packages_that_stay_are_named_and_so_are_their_files() -> None:
    after = [*BEFORE, "package openssl:amd64 install", "manual openssl", "path /etc/ssl/openssl.cnf f  644 0:0"]
    assert unsaid(after, OPENSSL_STAYS, owned=("/etc/ssl/openssl.cnf",)) == []
    assert unsaid(after, owned=()) == sorted(after[len(BEFORE) :])
    assert unsaid([*BEFORE, "package curl install"], OPENSSL_STAYS) == ["package curl install"]
    assert named_packages([DOCKER_STAYS, OPENSSL_STAYS]) == ["ca-certificates", "openssl"]


def test_certificates_stay_with_their_package() -> None:
    after = [*BEFORE, "path /etc/ssl/certs/1.pem l x 777 0:0"]
    assert unsaid(after, OPENSSL_STAYS) == []
    assert unsaid(after, DOCKER_STAYS) == ["path /etc/ssl/certs/1.pem l x 777 0:0"]


def test_what_stays_in_the_backup_is_named() -> None:
    folders = ["path /var/lib/gpufleet d  755 0:0", "path /var/lib/gpufleet/backup d  755 0:0"]
    after = [*BEFORE, *folders, "content /var/lib/gpufleet/backup/docker.list 1"]
    sentence = "Files of before that apply changed or took away stay in /var/lib/gpufleet/backup: x, docker.list."
    assert unsaid(after, sentence) == []
    assert len(unsaid(after)) == 3
    assert len(unsaid([*after, "content /var/lib/gpufleet/backup/other 1"], sentence)) == 1


def test_a_hold_that_stays_is_never_said() -> None:
    assert unsaid([*BEFORE, "hold openssl"], OPENSSL_STAYS) == ["hold openssl"]


def test_caches_and_links_of_packages_are_documented() -> None:
    after = [*BEFORE, "content /etc/ld.so.cache 1", "path /etc/alternatives/pager.1.gz l x 777 0:0"]
    assert sorted(by_reason(said(BEFORE, after, [], ()))) == [
        "a cache, a lock or a copy that its program makes anew",
        "a link of a package's own script",
    ]


def test_looking_at_a_host_changes_nothing_and_tells_kinds_and_names() -> None:
    lines = subprocess.run(["sh", "-c", LOOK], capture_output=True, text=True, check=True).stdout.splitlines()
    kinds = {line.split(" ", 1)[0] for line in lines}
    assert {"path", "content", "group"} <= kinds <= {"path", "content", "group", "package", "hold", "manual"}
    assert any(line.startswith("group root :") for line in lines)


@pytest.mark.parametrize(
    ("docker", "containerd"),
    [
        ("gpufleet/cuda:13-1", "docker.io/gpufleet/cuda:13-1"),
        ("debian:trixie", "docker.io/library/debian:trixie"),
        ("nvcr.io/nvidia/cuda:13", "nvcr.io/nvidia/cuda:13"),
        ("localhost/own", "localhost/own"),
        ("server:5000/own", "server:5000/own"),
    ],
)
def test_images_have_their_whole_name_in_containerd(docker: str, containerd: str) -> None:
    assert reference(docker) == containerd


def test_the_version_of_ctr_is_found_however_it_was_built() -> None:
    assert version("ctr github.com/containerd/containerd 1.7.24~ds1 1.7.24~ds1-6+deb13u1") == "1.7.24"
    assert version("ctr github.com/containerd/containerd/v2 v2.1.4 75cb2b7193e4e490e9fbdc236c0e811ccaba3376") == "2.1.4"
    with pytest.raises(TrialError):
        version("ctr: command not found")


def test_the_image_of_pods_is_what_containerd_says() -> None:
    older = '    max_concurrent_downloads = 3\n    sandbox_image = "registry.k8s.io/pause:3.8"\n'
    newer = "    [plugins.'io.containerd.cri.v1.images'.pinned_images]\n      sandbox = 'registry.k8s.io/pause:3.10'\n"
    assert cri.sandbox_image(older) == "registry.k8s.io/pause:3.8"
    assert cri.sandbox_image(newer) == "registry.k8s.io/pause:3.10"


def test_one_pod_asks_by_its_runtime_class_and_one_by_cdi() -> None:
    assert {what: (runtime, sorted(asked)) for what, runtime, asked in cri.WAYS} == {
        "pod, runtime class nvidia": ("nvidia", ["envs"]),
        "pod, CDI": ("", ["CDI_devices"]),
    }
