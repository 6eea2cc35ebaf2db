"""What the reading script prints about a host becomes a `Platform`; recordings lie in data/platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpufleet.platform import Access, Docker, Gpu, Platform, RootAccess, reading
from gpufleet.platform.report import ReportError

RECORDINGS = Path(__file__).parent / "data/platform"


def recorded(name: str) -> Platform:
    return reading.platform((RECORDINGS / f"{name}.txt").read_text().splitlines())


def test_an_h100_server_is_read_whole() -> None:
    assert recorded("ubuntu2404-h100") == Platform(
        distribution="ubuntu",
        version="24.04",
        codename="noble",
        architecture="amd64",
        apt=True,
        wsl=None,
        systemd=False,
        access=Access(uid=0, user="root", root_access=RootAccess.ROOT),
        gpus=(
            Gpu(
                name="NVIDIA H100 80GB HBM3",
                uuid="GPU-6477e59d-48bd-9baa-eb8b-0e7868923ddd",
                driver_version="580.159.04",
                compute_capability="9.0",
            ),
        ),
        nvidia_smi="/usr/local/nvidia/bin/nvidia-smi",
        nvidia_devices=1,
        docker_root_free_bytes=67091296 * 1024,
    )


def test_a_docker_client_alone_is_no_docker() -> None:
    assert recorded("debian12-root").docker is None


def test_docker_s_own_packages_are_told_from_the_distribution_s() -> None:
    assert recorded("debian13-docker-ce").docker == Docker(
        dockerd="/usr/bin/dockerd",
        client="/usr/bin/docker",
        package="docker-ce",
        version="5:28.4.0-1~debian.13~trixie",
        family="docker",
        daemon_version="28.4.0",
    )
    docker = recorded("ubuntu2204-8-gpus").docker
    assert docker is not None
    assert (docker.family, docker.package) == ("distribution", "docker.io")


def test_a_daemon_outside_any_package_is_of_another_family() -> None:
    platform = reading.platform(["uid=0", "dockerd=/usr/local/bin/dockerd", "end=yes"])
    assert platform.docker == Docker(dockerd="/usr/local/bin/dockerd", family="other")


def test_running_containers_and_other_users_of_containerd_are_named() -> None:
    server = recorded("debian13-docker-ce")
    assert server.running_containers == 3
    assert server.containerd_users == ("kubelet", "containerd namespace k8s.io (containers: 14)")


def test_what_may_not_be_asked_is_unknown_and_not_none_at_all() -> None:
    assert recorded("ubuntu2204-8-gpus").running_containers is None


def test_the_data_root_is_where_the_daemon_says() -> None:
    assert recorded("debian13-docker-ce").docker_root == "/srv/docker"


def test_free_space_is_the_available_column() -> None:
    assert recorded("debian13-hung-driver").docker_root_free_bytes == 1024**3


def test_a_device_name_with_blanks_does_not_shift_the_columns_of_df() -> None:
    line = "docker_root_space=my disk 100 60 40 60% /mnt/a b"
    assert reading.platform(["uid=0", line, "end=yes"]).docker_root_free_bytes == 40 * 1024


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ([], False),
        (["wslconfig=vmIdleTimeout|-1"], False),
        (["wslconfig=vmidletimeout|-1", "wslconfig=InstanceIdleTimeout|-1"], True),
        (["wslconfig=vmIdleTimeout|-1", "wslconfig=instanceIdleTimeout|15000"], False),
    ],
)
def test_windows_keeps_a_distribution_running_where_both_timers_are_off(lines: list[str], kept: bool) -> None:
    assert reading.platform(["uid=0", *lines, "end=yes"]).kept_running is kept


@pytest.mark.parametrize(("line", "on"), [("systemd = True # mine", True), ("#systemd=true", False)])
def test_a_switch_in_wsl_conf_is_read_as_wsl_reads_it(line: str, on: bool) -> None:
    lines = ["uid=0", "wsl_conf=[boot]", f"wsl_conf={line}", "end=yes"]
    assert reading.platform(lines).systemd_on is on


def test_the_graphics_device_is_missed_in_wsl_only() -> None:
    wsl = ["uid=0", "osrelease=5.15.167.4-microsoft-standard-WSL2", "end=yes"]
    assert not reading.platform(wsl).gpu_device
    assert reading.platform(["dxg=yes", *wsl]).gpu_device
    assert reading.platform(["uid=0", "end=yes"]).gpu_device


def test_several_gpus_keep_their_order() -> None:
    assert [gpu.uuid[:12] for gpu in recorded("ubuntu2204-8-gpus").gpus] == ["GPU-3f0d7a4c", "GPU-b1d1b1f8"]


def test_removed_and_unknown_packages_are_not_installed_ones() -> None:
    packages = recorded("ubuntu2204-8-gpus").driver_packages
    assert packages == ("libnvidia-compute-535-server", "nvidia-driver-535-server")


def test_a_driver_before_compute_cap_leaves_the_capability_open() -> None:
    (gpu,) = recorded("ubuntu2204-old-driver").gpus
    assert (gpu.name, gpu.driver_version, gpu.compute_capability) == ("Tesla K80", "470.256.02", None)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("debian13-hung-driver", "nvidia-smi gave no answer within 30 s"),
        (
            "debian13-driver-mismatch",
            "Failed to initialize NVML: Driver/library version mismatch NVML library version: 550.163",
        ),
    ],
)
def test_an_nvidia_smi_that_shows_no_gpu_says_why(name: str, error: str) -> None:
    platform = recorded(name)
    assert (platform.gpus, platform.gpu_error) == ((), error)


def test_an_nvidia_smi_that_lists_nothing_is_an_error_in_its_own_words() -> None:
    lines = ["uid=0", "nvidia_smi=/usr/bin/nvidia-smi", "gpu=No devices were found", "end=yes"]
    assert reading.platform(lines).gpu_error == "No devices were found"


@pytest.mark.parametrize(
    ("name", "wsl"),
    [
        ("wsl2-ubuntu2404", 2),
        ("wsl2-own-kernel", 2),
        ("wsl1-debian13", 1),
        ("debian13-docker-ce", None),
        ("ubuntu2404-h100", None),
    ],
)
def test_wsl_is_told_by_kernel_or_by_its_marks(name: str, wsl: int | None) -> None:
    assert recorded(name).wsl == wsl


def test_the_graphics_device_of_hyper_v_alone_is_no_wsl() -> None:
    lines = ["uid=0", "osrelease=6.12.43+deb13-cloud-amd64", "dxg=yes", "end=yes"]
    assert reading.platform(lines).wsl is None


def test_a_libcuda_that_is_not_windows_own_is_foreign() -> None:
    assert recorded("wsl2-linux-driver").foreign_libcuda == "/usr/lib/x86_64-linux-gnu/libcuda.so.550.163.01"
    assert recorded("wsl2-ubuntu2404").foreign_libcuda is None


def test_a_package_that_only_helps_to_choose_a_driver_is_none() -> None:
    assert recorded("wsl2-linux-driver").driver_packages == ("libnvidia-compute-550", "nvidia-utils-550")


@pytest.mark.parametrize(
    ("name", "mark"),
    [("wsl2-docker-desktop", "desktop"), ("ubuntu2404-snap", "snap"), ("debian12-rootless", "rootless")],
)
def test_dockers_that_are_not_the_system_s_are_recognised(name: str, mark: str) -> None:
    docker = recorded(name).docker
    assert docker is not None
    assert {field for field in ("desktop", "snap", "rootless") if getattr(docker, field)} == {mark}


def test_a_snap_s_daemon_in_the_path_is_not_the_host_s_dockerd() -> None:
    platform = reading.platform(["uid=0", "dockerd=/snap/bin/dockerd", "snap=yes", "end=yes"])
    assert platform.docker is not None
    assert platform.docker.dockerd is None


@pytest.mark.parametrize(
    ("lines", "access"),
    [
        (["uid=0", "user=root", "sudo=missing"], RootAccess.ROOT),
        (["uid=1000", "user=a", "sudo=0", "sudo_message="], RootAccess.SUDO),
        (["uid=1000", "user=a", "sudo=missing"], RootAccess.MISSING),
        (["uid=1000", "user=a", "sudo=1", "sudo_message=sudo: a password is required"], RootAccess.PASSWORD),
        (
            ["uid=1000", "user=a", "sudo=1", "sudo_message=sudo-rs: interactive authentication is required"],
            RootAccess.PASSWORD,
        ),
        (
            ["uid=1000", "user=a", "sudo=1", "sudo_message=Sorry, user a may not run sudo on host."],
            RootAccess.DENIED,
        ),
        (
            ["uid=1000", "user=a", "sudo=1", "sudo_message=sudo-rs: I'm sorry a. I'm afraid I can't do that"],
            RootAccess.DENIED,
        ),
        (
            ["uid=1000", "user=a", "sudo=1", "sudo_message=sudo: unable to open /etc/sudoers: No such file"],
            RootAccess.UNUSABLE,
        ),
    ],
)
def test_the_ways_to_root(lines: list[str], access: RootAccess) -> None:
    assert reading.access(lines).root_access is access


def test_the_user_s_group_and_home_are_read() -> None:
    access = reading.access(["uid=1000", "gid=1001", "user=a", "home=/srv/home/a", "sudo=0"])
    assert (access.gid, access.home) == (1001, "/srv/home/a")


def test_the_password_is_recognised_below_other_words_of_sudo() -> None:
    said = ["sudo_message=sudo: unable to resolve host x", "sudo_message=sudo: a password is required"]
    assert reading.access(["uid=1000", "sudo=1", *said]).root_access is RootAccess.PASSWORD


@pytest.mark.parametrize("lines", [[], ["uid=0", "user=root"], ["end=yes"], ["uid=", "end=yes"]])
def test_a_report_that_was_cut_off_is_an_error_and_no_host(lines: list[str]) -> None:
    with pytest.raises(ReportError):
        reading.platform(lines)


def test_os_release_is_read_with_either_kind_of_quotes() -> None:
    lines = [
        "uid=0",
        "os_release=ID='debian'",
        'os_release=VERSION_ID="13"',
        "os_release=NAME='never closed",
        "end=yes",
    ]
    platform = reading.platform(lines)
    assert (platform.distribution, platform.version) == ("debian", "13")
