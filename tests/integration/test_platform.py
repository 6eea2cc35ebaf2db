"""The role platform on lab hosts: what cannot work is refused before anything changes, and only there.

Windows' kernel name, Docker Desktop's link, snap, rootless daemon and drivers are imitated by the marks that they leave
on a host: none of them can be had in the lab.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.integration.stock_pyinfra import CHECKOUT, DEPLOY, Run, pyinfra, pyinfra_in_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

PLATFORM_ONLY = CHECKOUT / "tests/integration/deploys/platform_only.py"
STATE = "find /etc /root /var/lib/gpufleet -type f -exec sha256sum {} + 2>/dev/null | sort; dpkg -l"
PASSWORD = "correct horse"  # noqa: S105 - of a throwaway host
SUDO_WITH_PASSWORD = f"rm /etc/sudoers.d/*; printf 'ops:{PASSWORD}\\n' | chpasswd"


def kernel(name: str) -> str:
    """Shell commands after which the kernel seems to bear another name."""
    return f"echo {name} >/run/kernel && mount --bind /run/kernel /proc/sys/kernel/osrelease"


WSL2 = kernel("5.15.167.4-microsoft-standard-WSL2") + " && touch /dev/dxg"
LINUX_DRIVER = (
    "mkdir -p /run/p/DEBIAN && printf 'Package: libnvidia-compute-550\\nVersion: 550.1\\nArchitecture: amd64\\n"
    "Maintainer: the lab\\nDescription: a stand-in\\n' >/run/p/DEBIAN/control && dpkg-deb --build /run/p /run/p.deb "
    "&& dpkg --install /run/p.deb"
)
NVIDIA_SMI = (
    "mkdir -p {0} && printf '#!/bin/sh\\necho \"GPU-6477e59d, {1}, 8.6, NVIDIA RTX A4000\"\\n' >{0}/nvidia-smi "
    "&& chmod 755 {0}/nvidia-smi"
)

ALPINE = "rm /etc/os-release && printf 'ID=alpine\\nVERSION_ID=3.22\\n' >/etc/os-release"


def rootlesskit(words: str) -> str:
    """Shell commands that start a process of that name with these words behind its own."""
    return (
        "cp -L /bin/sh /usr/local/bin/rootlesskit && "
        f"(setsid rootlesskit -c 'sleep 3600; :' {words} </dev/null >/dev/null 2>&1 &)"
    )


ROOTLESS = rootlesskit("--net=slirp4netns /usr/bin/dockerd-rootless.sh")

REFUSED = {
    "alpine": (
        f"{ALPINE} && mv /usr/bin/sudo /usr/bin/gone",
        ["found alpine 3.22", "no sudo on the host"],
    ),
    "wsl1": (kernel("4.4.0-19041-Microsoft"), ["wsl --set-version"]),
    "desktop": (
        (
            f"{WSL2} && {LINUX_DRIVER} && ln -s /mnt/wsl/docker-desktop/cli-tools/usr/bin/docker /usr/bin/docker "
            "&& ln -s /bin/true /usr/local/bin/dockerd"
        ),
        ["WSL integration", "apt-get purge libnvidia-compute-550"],
    ),
    "snap": (
        f"mkdir -p /snap/bin && touch /snap/bin/docker && {NVIDIA_SMI.format('/usr/local/nvidia/bin', '470.256.02')}",
        ["snap remove docker", "expected 510 or newer, found 470.256.02"],
    ),
    "password": (
        f"{SUDO_WITH_PASSWORD} && {ROOTLESS}",
        ["there is no terminal to ask for it", "a rootless daemon only"],
    ),
    "stranger": (
        f"{SUDO_WITH_PASSWORD} && gpasswd --delete ops sudo",
        ["none of the groups sudo, admin and wheel"],
    ),
}
"""Name of a host, what makes it unfit, and words of its refusals."""

FIT = {
    "debian": ("debian13", rootlesskit("--net=host buildkitd")),
    "wsl2": ("debian13-plain", f"{WSL2} && {NVIDIA_SMI.format('/usr/lib/wsl/lib', '572.83')}"),
}
"""Name of a host, its kind, and what is done to it."""


@pytest.fixture(scope="module")
def fleet(lab: Lab) -> Iterator[Mapping[str, LabHost]]:
    """Hosts of every sort, each prepared once; tests leave the refused ones as they are."""
    wanted = {**{name: ("debian13", preparation) for name, (preparation, _) in REFUSED.items()}, **FIT}

    def made(name: str) -> LabHost:
        kind, preparation = wanted[name]
        host = lab.host(kind, name=f"p-{name}")
        host.ssh(preparation)
        return host

    with ThreadPoolExecutor(3) as pool:
        hosts = dict(zip(wanted, pool.map(made, wanted), strict=True))
    yield hosts
    for host in hosts.values():
        host.destroy()


@pytest.fixture
def with_password(fleet: Mapping[str, LabHost]) -> LabHost:
    """A host whose user has to give a password, and that is fit otherwise from now on."""
    fleet["password"].ssh("pkill rootlesskit", check=False)
    return fleet["password"]


def state(host: LabHost) -> str:
    """Everything that a refused host must keep as it is."""
    return host.ssh(STATE).stdout


def no_traceback(run: Run) -> bool:
    return not any(word in run.output for word in ("Traceback", "EOFError", "exception"))


def test_a_dry_run_on_fresh_hosts_says_what_would_be_refused_and_changes_nothing(
    lab: Lab, fleet: Mapping[str, LabHost]
) -> None:
    before = {name: state(host) for name, host in fleet.items()}
    run = pyinfra(lab.inventory(list(fleet.values()), platform_gpu="auto"), DEPLOY, "--dry")
    assert no_traceback(run), run.output
    assert run.code == 0, run.output
    for name, (_, reasons) in REFUSED.items():
        assert all(words in run.lines_of(f"p-{name}") for words in reasons), run.output
    for name in FIT:
        assert "refused" not in run.lines_of(f"p-{name}")
    assert {name: state(host) for name, host in fleet.items()} == before


def test_refused_hosts_stay_as_they_are(lab: Lab, fleet: Mapping[str, LabHost]) -> None:
    hosts = [fleet[name] for name in REFUSED]
    before = [state(host) for host in hosts]
    run = pyinfra(lab.inventory(hosts, platform_gpu="auto"), DEPLOY, "-y")
    assert no_traceback(run), run.output
    assert run.code == 1
    for name, (_, reasons) in REFUSED.items():
        said = run.lines_of(f"p-{name}")
        assert all(words in said for words in reasons), run.output
        assert said.count("refused: ") == len(reasons)
    assert [state(host) for host in hosts] == before


def test_the_other_hosts_go_on(lab: Lab, fleet: Mapping[str, LabHost]) -> None:
    run = pyinfra(lab.inventory(list(fleet.values())), PLATFORM_ONLY, "-y")
    assert no_traceback(run), run.output
    assert run.code == 1
    went_on = {name for name, host in fleet.items() if host.ssh("test -e /root/went-on", check=False).returncode == 0}
    assert went_on == set(FIT)


def test_settings_refuse_what_would_otherwise_do(lab: Lab, fleet: Mapping[str, LabHost]) -> None:
    hosts = [fleet["debian"], fleet["wsl2"]]
    run = pyinfra(lab.inventory(hosts, platform_gpu="required", platform_driver_floor=580), PLATFORM_ONLY, "-y")
    assert run.code == 1
    assert "there is no nvidia-smi" in run.lines_of("p-debian")
    assert "expected 580 or newer, found 572.83" in run.lines_of("p-wsl2")


def test_a_setting_that_a_file_works_out_wrong_is_refused_without_a_traceback(
    lab: Lab, fleet: Mapping[str, LabHost], tmp_path: Path
) -> None:
    (tmp_path / "all.py").write_text("platform_minimum_free_gb = str(5)\n", encoding="utf-8")
    run = pyinfra(lab.inventory([fleet["debian"]]), PLATFORM_ONLY, "-y", "--group-data", str(tmp_path))
    assert no_traceback(run), run.output
    assert run.code == 1
    assert "found platform_minimum_free_gb: '5': Input should be a valid number" in run.lines_of("p-debian")


def test_an_address_that_cannot_be_reached_is_named_with_the_setting_that_helps(
    lab: Lab, fleet: Mapping[str, LabHost]
) -> None:
    host = fleet["debian"]
    before = state(host)
    address = "https://download.docker.invalid/linux"
    run = pyinfra(lab.inventory([host], docker_engine_repository=address), DEPLOY, "-y")
    assert no_traceback(run), run.output
    assert run.code == 1
    said = run.lines_of("p-debian")
    assert f"refused: {address}" in said
    assert "Could not resolve 'download.docker.invalid'" in said
    assert "docker_engine_repository" in said
    assert state(host) == before


def test_a_sudo_password_is_asked_for_once_for_all_hosts_and_never_shown(
    lab: Lab, fleet: Mapping[str, LabHost], with_password: LabHost
) -> None:
    hosts = [with_password, fleet["stranger"]]
    run = pyinfra_in_terminal(
        lab.inventory(hosts), PLATFORM_ONLY, "-y", "-vvv", "--debug", prompt="sudo password of", answers=[PASSWORD]
    )
    assert run.output.count("sudo password of") == 1
    assert PASSWORD not in run.output  # not even with everything that pyinfra can print
    assert hosts[0].ssh("test -e /root/went-on", check=False).returncode == 0
    assert "sudo says that this user may not use it" in run.lines_of("p-stranger")
    assert run.code == 1


def test_three_wrong_sudo_passwords_are_a_refusal(lab: Lab, with_password: LabHost) -> None:
    run = pyinfra_in_terminal(
        lab.inventory([with_password]), PLATFORM_ONLY, "-y", prompt="sudo password of", answers=["a", "b", "c"]
    )
    assert run.code == 1
    assert run.output.count("sudo password of") == 3
    assert "no right password was given" in run.output
    assert no_traceback(run), run.output


@pytest.mark.parametrize(("password", "words"), [(PASSWORD, "Go on"), ("wrong", "the declared sudo password is wrong")])
def test_a_declared_sudo_password_is_tried_and_never_asked_for(
    lab: Lab, with_password: LabHost, password: str, words: str
) -> None:
    inventory = lab.inventory([with_password], ansible_become_password=password)
    run = pyinfra(inventory, PLATFORM_ONLY, "-y")
    assert words in run.output
    assert run.code == (0 if password == PASSWORD else 1)
    assert password not in run.output.replace(words, "")
    assert no_traceback(run), run.output
