"""What the role platform refuses and what it only mentions, over recordings of hosts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gpufleet.facts.reboot import Reboot, RebootRequired
from gpufleet.platform import Access, Docker, Gpu, Platform, RootAccess, reading
from gpufleet.settings import SettingsError, load
from roles.platform.desktop import desktop_differences
from roles.platform.driver import driver_differences, reboot_difference
from roles.platform.notices import notices
from roles.platform.settings import PlatformSettings
from roles.platform.verdict import refusals, unusable
from tests.unit.hosts import BARE

if TYPE_CHECKING:
    from gpufleet.finding import Difference

RECORDINGS = Path(__file__).parent / "data/platform"
ROOT = Access(uid=0, user="root", root_access=RootAccess.ROOT)


def recorded(name: str) -> Platform:
    """A recorded host as it shows itself to root."""
    platform = reading.platform((RECORDINGS / f"{name}.txt").read_text().splitlines())
    return replace(platform, access=ROOT)


def refused(platform: Platform, **settings: object) -> list[Difference]:
    declared = {f"platform_{name}": value for name, value in settings.items()}
    return refusals(platform, load(PlatformSettings, declared))


def told(platform: Platform, **settings: object) -> list[str]:
    return list(notices(platform, load(PlatformSettings, {f"platform_{k}": v for k, v in settings.items()})))


def test_settings_that_cannot_be_used_are_refused_one_by_one() -> None:
    (gpu, space) = unusable({"platform_gpu": "maybe", "platform_minimum_free_gb": "5", "rack": 7}, [PlatformSettings])
    assert {gpu.kind, space.kind} == {"pending"}, "it is what is declared that has to change"
    assert gpu.refused
    assert gpu.observed.startswith("platform_gpu: 'maybe': ")
    assert space.observed.startswith("platform_minimum_free_gb: '5': ")
    assert unusable({"platform_gpu": "none", "rack": 7}, [PlatformSettings]) == []


@pytest.mark.parametrize(
    "name",
    [
        "debian12-root",
        "debian13-docker-ce",
        "ubuntu2204-8-gpus",
        "ubuntu2404-h100",
        "wsl2-ubuntu2404",
        "wsl2-own-kernel",
    ],
)
def test_a_supported_host_is_fit(name: str) -> None:
    assert refused(recorded(name)) == []


@pytest.mark.parametrize(
    ("name", "settings", "resource", "observed"),
    [
        ("alpine", {}, "distribution", "alpine 3.22.1, without apt-get"),
        ("wsl1-debian13", {}, "WSL", "WSL 1"),
        ("wsl2-linux-driver", {}, "NVIDIA driver", "libnvidia-compute-550, nvidia-utils-550"),
        ("ubuntu2404-snap", {}, "Docker", "snap"),
        ("debian12-rootless", {}, "Docker", "a rootless daemon only"),
        ("ubuntu2204-old-driver", {}, "NVIDIA driver", "470.256.02"),
        ("ubuntu2204-8-gpus", {"driver_floor": "580"}, "NVIDIA driver", "535.247.01"),
        ("debian12-root", {"gpu": "required"}, "GPU", "no nvidia-smi"),
        ("debian13-hung-driver", {"gpu": "required", "minimum_free_gb": 0}, "GPU", "no answer within 30 s"),
        ("ubuntu2604-arm64", {"gpu": "required"}, "GPU", "no driver is installed"),
        ("debian13-hung-driver", {}, "/var/lib/docker", "1.1 GB"),
    ],
)
def test_what_cannot_work_is_refused_with_what_was_seen_and_a_way_out(
    name: str, settings: dict[str, object], resource: str, observed: str
) -> None:
    (difference,) = refused(recorded(name), **settings)
    assert difference.refused
    assert difference.resource == resource
    assert observed in difference.observed
    assert difference.expected
    assert difference.remedy.endswith(".")


def test_an_unknown_distribution_is_let_through_only_on_request() -> None:
    mint = replace(recorded("ubuntu2404-h100"), distribution="linuxmint", version="22")
    (difference,) = refused(mint)
    assert "platform_allow_unsupported" in difference.remedy
    assert refused(mint, allow_unsupported=True) == []
    assert told(mint, allow_unsupported=True) == ["gpufleet is untested on linuxmint 22"]


def test_an_old_release_of_a_known_distribution_is_refused() -> None:
    (difference,) = refused(replace(recorded("debian12-root"), version="11"))
    assert difference.observed == "debian 11"


def test_debian_testing_has_no_version_and_is_refused_in_words() -> None:
    (difference,) = refused(replace(recorded("debian12-root"), version=""))
    assert difference.observed == "debian (no version)"


def test_another_architecture_is_refused() -> None:
    (difference,) = refused(replace(recorded("debian12-root"), architecture="riscv64"))
    assert (difference.resource, difference.observed) == ("architecture", "riscv64")


def test_without_apt_no_request_helps() -> None:
    (difference,) = refused(recorded("alpine"), allow_unsupported=True)
    assert difference.resource == "distribution"


def test_a_host_that_was_not_read_is_never_fit() -> None:
    unread = Platform(
        distribution="",
        version="",
        codename="",
        architecture="",
        apt=False,
        wsl=None,
        systemd=False,
        access=Access(uid=-1, user="", root_access=RootAccess.MISSING),
    )
    assert {("distribution", "config"), ("root", "unknown")} <= {(each.resource, each.kind) for each in refused(unread)}


@pytest.mark.parametrize(
    ("access", "obstacle", "observed"),
    [
        (RootAccess.PASSWORD, "there is no terminal to ask for it", "there is no terminal to ask for it"),
        (RootAccess.PASSWORD, "no right password was given", "no right password was given"),
        (RootAccess.MISSING, None, "no sudo on the host"),
        (RootAccess.DENIED, None, "sudo says that this user may not use it"),
        (RootAccess.UNUSABLE, None, "sudo fails: sudo: unable to open /etc/sudoers"),
        (RootAccess.SUDO, "the inventory forbids sudo here", "the inventory forbids sudo here"),
    ],
)
def test_a_user_who_does_not_become_root_is_refused_in_one_line(
    access: RootAccess, obstacle: str | None, observed: str
) -> None:
    user = Access(uid=1000, user="ops", root_access=access, sudo_message="sudo: unable to open /etc/sudoers")
    (difference,) = refusals(replace(recorded("debian12-root"), access=user), PlatformSettings(), obstacle)
    assert observed in difference.observed
    assert "user ops" in difference.observed
    assert "\n" not in f"{difference}{difference.remedy}"


def test_a_user_outside_the_administrators_groups_is_told_so() -> None:
    user = Access(uid=1000, user="ops", root_access=RootAccess.PASSWORD)
    (difference,) = refused(replace(recorded("debian12-root"), access=user))
    assert "none of the groups sudo, admin and wheel" in difference.observed
    (difference,) = refused(replace(recorded("debian12-root"), access=replace(user, administrator=True)))
    assert "none of the groups" not in difference.observed


def test_a_rootless_daemon_beside_a_running_system_daemon_is_fit() -> None:
    both = Docker(dockerd="/usr/bin/dockerd", daemon_version="28.4.0", rootless=True)
    assert refused(replace(recorded("debian12-rootless"), docker=both)) == []


def test_a_driver_outside_packages_in_wsl_is_refused_too() -> None:
    (difference,) = refused(replace(recorded("wsl2-linux-driver"), driver_packages=()))
    assert "/usr/lib/x86_64-linux-gnu/libcuda.so.550.163.01" in difference.observed
    assert "nvidia-uninstall" in difference.remedy


def test_the_remedy_for_a_driver_in_wsl_names_its_packages() -> None:
    (difference,) = refused(recorded("wsl2-linux-driver"))
    assert "apt-get purge libnvidia-compute-550 nvidia-utils-550" in difference.remedy


def test_driver_packages_on_a_server_are_as_they_should_be() -> None:
    server = recorded("ubuntu2204-8-gpus")
    assert server.driver_packages
    assert refused(server) == []


@pytest.mark.parametrize(
    ("driver", "floor", "fit"),
    [
        ("510.39.01", "510", True),
        ("509.99", "510", False),
        ("580.159.04", "580.82", True),
        ("580.82.07", "580.159", False),
        ("1000.1", "999", True),
    ],
)
def test_driver_versions_are_compared_as_numbers(driver: str, floor: str, *, fit: bool) -> None:
    gpu = Gpu(name="x", uuid="GPU-x", driver_version=driver)
    assert (refused(replace(recorded("ubuntu2404-h100"), gpus=(gpu,)), driver_floor=floor) == []) is fit


def test_without_wish_for_a_gpu_neither_driver_nor_absence_matters() -> None:
    assert refused(recorded("ubuntu2204-old-driver"), gpu="none") == []
    assert told(recorded("debian12-root"), gpu="none") == []


def test_too_little_space_refuses_a_host_without_docker_and_is_a_notice_on_one_with_it() -> None:
    full = replace(recorded("debian12-root"), docker=None, docker_root_free_bytes=10**9)
    assert any("1.0 GB" in difference.observed for difference in refusals(full, PlatformSettings()))
    in_use = replace(full, docker=Docker(dockerd="/usr/bin/dockerd"))
    assert refusals(in_use, PlatformSettings()) == []
    assert any("1.0 GB free, less than 5 GB" in notice for notice in notices(in_use, PlatformSettings()))


def test_free_space_that_is_not_known_refuses_nobody() -> None:
    assert refused(replace(recorded("debian12-root"), docker_root_free_bytes=None)) == []


def test_all_reasons_are_given_at_once() -> None:
    host = replace(recorded("wsl1-debian13"), version="10", docker_root_free_bytes=0)
    assert [difference.resource for difference in refused(host)] == ["distribution", "WSL", "/var/lib/docker"]


def test_an_untested_platform_is_named() -> None:
    assert told(recorded("ubuntu2604-arm64"), gpu="none") == ["gpufleet is untested on ubuntu 26.04 and arm64"]


def test_a_host_without_gpu_is_said_to_have_none_and_why() -> None:
    (notice,) = told(recorded("debian12-root"))
    assert "there is no nvidia-smi" in notice


@pytest.mark.parametrize("host", ["debian13-driver-mismatch", "debian13-hung-driver"])
def test_a_driver_that_has_stopped_working_is_a_finding_and_no_notice(host: str) -> None:
    platform = recorded(host)
    (difference,) = driver_differences(platform, PlatformSettings())
    assert (difference.kind, difference.resource, difference.refused) == ("runtime", "NVIDIA driver", False)
    assert str(platform.gpu_error) in difference.observed
    assert "eboot" in difference.remedy
    assert told(platform) == []
    assert list(driver_differences(platform, PlatformSettings(gpu="none"))) == []
    assert list(driver_differences(platform, PlatformSettings(gpu="required"))) == [], "it is refused"
    assert ("GPU", "runtime") in {(each.resource, each.kind) for each in refused(platform, gpu="required")}


def test_a_host_that_only_has_the_driver_s_packages_has_no_driver_that_failed() -> None:
    said = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
    without = replace(BARE, nvidia_smi="/usr/bin/nvidia-smi", gpu_error=said)
    assert list(driver_differences(without, PlatformSettings())) == []
    assert len(told(without)) == 1
    assert len(list(driver_differences(replace(without, nvidia_devices=1), PlatformSettings()))) == 1


def test_a_reboot_that_is_due_names_what_asks_for_it_and_since_when() -> None:
    output = ["1795317800", "linux-image-6.12", "libc6", "libc6", "dbus", "libssl3", "end"]
    found = RebootRequired().process(output)
    assert found
    difference = reboot_difference(found)
    assert difference.observed == "a reboot is due for linux-image-6.12, libc6, dbus and 1 more"
    assert (difference.kind, difference.since) == ("runtime", 1795317800)
    assert RebootRequired().process(["none", "end"]) is None
    assert RebootRequired().process(["1795317800", "end"]) == Reboot((), 1795317800)


def test_wsl_without_systemd_is_told_what_starts_docker_where_nothing_does() -> None:
    without = replace(recorded("wsl2-ubuntu2404"), systemd=False)
    assert told(without) == []
    (notice,) = told(without, wsl_boot="none")
    assert "service docker start" in notice
    assert PlatformSettings().starts_by_command(without)
    assert not PlatformSettings(wsl_boot="systemd").starts_by_command(without)
    assert not PlatformSettings().starts_by_command(recorded("wsl2-ubuntu2404"))
    assert not PlatformSettings().starts_by_command(recorded("wsl2-docker-desktop"))
    assert not PlatformSettings().starts_by_command(replace(BARE, systemd=False))


@pytest.mark.parametrize("boot", ["command", "systemd", "none"])
def test_a_distribution_whose_file_switches_systemd_on_awaits_it_and_no_command(boot: str) -> None:
    running = recorded("wsl2-ubuntu2404")
    settings, without = PlatformSettings(wsl_boot=boot), replace(running, systemd=False)  # type: ignore[arg-type]
    switched_on = replace(without, systemd_on=True)
    assert settings.awaits_systemd(switched_on)
    assert not settings.starts_by_command(switched_on)
    assert told(switched_on, wsl_boot=boot) == []
    assert settings.awaits_systemd(without) is (boot == "systemd")
    assert not settings.awaits_systemd(replace(running, systemd_on=True))
    assert not settings.awaits_systemd(replace(BARE, systemd=False, systemd_on=True)), "no WSL"


def test_docker_desktop_is_told_of_and_refused_only_beside_another_docker() -> None:
    desktop = recorded("wsl2-docker-desktop")
    assert refused(desktop) == []
    assert desktop.docker_root_free_bytes is None, "its disk is not this distribution's"
    (notice,) = told(desktop)
    assert "docker_engine and nvidia_container_toolkit step aside" in notice
    both = Docker(dockerd="/usr/bin/dockerd", package="docker-ce", desktop=True)
    (difference,) = refused(replace(desktop, docker=both))
    assert "WSL integration" in difference.remedy
    assert "apt-get remove docker-ce" in difference.remedy


def test_a_docker_desktop_that_does_not_answer_is_a_finding() -> None:
    desktop = recorded("wsl2-docker-desktop")
    assert list(desktop_differences(desktop)) == []
    (difference,) = desktop_differences(replace(desktop, docker=Docker(desktop=True)))
    assert (difference.kind, difference.resource) == ("runtime", "Docker Desktop")
    assert "start Docker Desktop" in difference.remedy
    assert list(desktop_differences(replace(desktop, docker=None))) == []


def test_wsl_without_its_graphics_device_is_told_so() -> None:
    (notice,) = told(replace(recorded("wsl2-ubuntu2404"), gpus=(), nvidia_smi=None, gpu_device=False))
    assert "/dev/dxg" in notice
    assert "wsl --update" in notice


def test_a_tested_host_with_a_gpu_needs_no_word() -> None:
    assert told(recorded("ubuntu2404-h100")) == []


@pytest.mark.parametrize("floor", [525, 535.54, "580.82"])
def test_a_driver_floor_may_stand_without_quotes(floor: object) -> None:
    assert load(PlatformSettings, {"platform_driver_floor": floor}).driver_floor == str(floor)


@pytest.mark.parametrize("floor", ["latest", True, "", "580."])
def test_a_driver_floor_that_is_no_version_is_an_error(floor: object) -> None:
    with pytest.raises(SettingsError, match="platform_driver_floor"):
        load(PlatformSettings, {"platform_driver_floor": floor})
