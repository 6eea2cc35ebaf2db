"""A WSL distribution without systemd, from an article's leftovers to a sandbox that is there after `wsl --shutdown`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.cdi.specification import parse
from gpufleet.state import BACKUPS
from roles.platform.wsl_boot import SCRIPT
from tests.integration.checked import Checked, applied, checked, removed
from tests.integration.sandboxes import IMAGE
from tests.integration.wsl import CONF, KERNEL, STORE, UUID, Wsl, checkout_of_windows, distribution, gpufleet_of
from tests.lab import product

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.lab import Lab

ROLES = ("--roles", "platform", "docker_engine", "nvidia_container_toolkit", "sandbox")
SANDBOX = {"py": {"image": IMAGE, "gpu_request": "cdi", "shm_size": "64m"}}

DRIVERS = r"""
set -e
rm -rf /srv/debs && mkdir -p /srv/debs && cd /srv/debs
package() {
    rm -rf /run/p && mkdir -p /run/p/DEBIAN
    printf 'Package: %s\nVersion: 580.1\nArchitecture: all\nMaintainer: the lab\nDescription: a stand-in\n' $1 \
        >/run/p/DEBIAN/control
    [ -z "$2" ] || echo "Depends: $2" >>/run/p/DEBIAN/control
    dpkg-deb --build /run/p $1.deb >/dev/null
    dpkg-deb -f $1.deb >>Packages
    sum=$(sha256sum $1.deb | cut -c1-64)
    printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' $1.deb $(stat -c %s $1.deb) $sum >>Packages
}
package cuda-drivers ""
package gpu-things cuda-drivers
echo 'deb [trusted=yes] file:/srv/debs ./' >/etc/apt/sources.list.d/debs.list
"""
"""Packages of the lab's own: one that is called as the driver's, and one that needs it."""


@pytest.fixture(scope="module")
def wsl(lab: Lab) -> Iterator[Wsl]:
    """A fresh distribution with a wsl.conf of its user's."""
    with distribution(lab) as found:
        yield found


@pytest.fixture(scope="module")
def first(lab: Lab, wsl: Wsl) -> Checked:
    """The first apply on it."""
    done = run(lab, wsl)
    assert done.status == 0, done.words
    return done


def run(lab: Lab, wsl: Wsl, verb: str = "apply", **variables: object) -> Checked:
    given: dict[str, Any] = {"platform_gpu": "required", "sandbox_containers": SANDBOX, **variables}
    return (applied if verb == "apply" else checked)(lab.inventory([wsl.host], **given), *ROLES)


def until(condition: Any, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.5)


def test_a_distribution_becomes_a_gpu_host_that_starts_again_with_windows(lab: Lab, wsl: Wsl, first: Checked) -> None:
    assert wsl.conf() == CONF.replace("touch /root/mounted", f"{SCRIPT} $$ & touch /root/mounted")
    made = wsl.host.ssh("cat /var/run/cdi/nvidia.yaml").stdout.encode()
    assert parse(made).devices == ("all",)
    assert parse(made).drivers == {"572.83"}
    assert UUID in wsl.docker("exec py nvidia-smi -L")
    assert "instanceIdleTimeout" in first.output, "what only Windows can do is told"

    again = run(lab, wsl)
    assert again.status == 0, again.words
    assert again.findings == frozenset()
    before = wsl.docker("inspect -f '{{.Id}}' py")

    wsl.shutdown()
    until(lambda: wsl.docker("inspect -f '{{.State.Running}}' py", check=False) == "true")
    assert wsl.host.ssh("test -e /root/mounted", check=False).returncode == 0, "the user's own command"
    assert wsl.docker("inspect -f '{{.Id}}' py") == before
    assert UUID in wsl.docker("exec py nvidia-smi -L")
    assert parse(wsl.host.ssh("cat /var/run/cdi/nvidia.yaml").stdout.encode()).drivers == {"572.83"}
    assert run(lab, wsl, "check").status == 0, run(lab, wsl, "check").words


def test_where_the_kernel_serves_only_the_older_iptables_that_is_chosen(wsl: Wsl, first: Checked) -> None:
    assert first
    chosen = wsl.host.ssh("readlink -f /usr/sbin/iptables").stdout
    if why := wsl.host.ssh("cat /root/no-legacy", check=False).stdout:
        assert "xtables-nft-multi" in chosen
        pytest.skip(f"this machine's own kernel does not serve the older one, so that it cannot be tried: {why}")
    assert "xtables-legacy-multi" in chosen


def test_a_new_driver_in_windows_is_found_and_the_description_mended(lab: Lab, wsl: Wsl, first: Checked) -> None:
    assert first
    static = "/etc/cdi/nvidia.yaml"
    wsl.host.ssh(f"mkdir -p /etc/cdi && cp /var/run/cdi/nvidia.yaml {static}")
    assert run(lab, wsl, "check").status == 0, "one of an article's stays as long as it fits"
    wsl.windows_driver("581.29", "ffee99")
    found = run(lab, wsl, "check")
    item = "nvidia-container-toolkit.describe-the-gpus-for-cdi"
    assert {(item, "runtime"), (item, "unmanaged")} <= found.findings, found.words
    assert STORE.format("0a1b2c") in found.words or "572.83" in found.words
    done = run(lab, wsl)
    assert done.status == 0, done.words
    made = wsl.host.ssh("cat /var/run/cdi/nvidia.yaml").stdout
    assert STORE.format("ffee99") in made
    assert "# driver: 581.29" in made
    assert wsl.host.ssh(f"test -e {static}", check=False).returncode != 0, "it is not made anew"
    assert STORE.format("0a1b2c") in wsl.host.ssh(f"cat {BACKUPS}/nvidia.yaml").stdout
    assert UUID in wsl.docker("exec py nvidia-smi -L")


def test_single_gpus_are_refused_and_a_distribution_that_is_kept_running_is_not_warned_of(
    lab: Lab, wsl: Wsl, first: Checked
) -> None:
    assert first
    found = run(lab, wsl, sandbox_containers={"py": {**SANDBOX["py"], "gpus": ["0"]}})
    assert found.status == 2, found.words
    assert "all GPUs or none: WSL has no others to offer" in found.words
    inventory = str(lab.inventory([wsl.host], platform_gpu="required", sandbox_containers=SANDBOX))
    job = product.run("gpufleet", "run", "--inventory", inventory, "--gpus", "0", wsl.host.name, "--", "true")
    assert job.status == 125, job.output
    assert "Declare gpus: all; inside, CUDA_VISIBLE_DEVICES chooses among them." in job.output
    assert wsl.docker("inspect -f '{{.State.Running}}' py") == "true"
    half, whole = (
        "[wsl2]\r\nvmIdleTimeout=-1\r\n",
        "[wsl2]\r\nvmIdleTimeout=-1\r\n[general]\r\ninstanceIdleTimeout=-1\r\n",
    )
    for text, told in ((half, True), (whole, False)):
        wsl.host.ssh("mkdir -p /mnt/c/Users/me; cat >/mnt/c/Users/me/.wslconfig", stdin=text)
        found = run(lab, wsl, "check")
        assert found.status == 0, found.words
        assert ("vmIdleTimeout=-1" in found.output) is told


@pytest.mark.slow
def test_a_checkout_with_windows_line_ends_finds_the_same_host(
    lab: Lab, wsl: Wsl, first: Checked, tmp_path: Path
) -> None:
    assert first
    wsl.host.ssh("docker rm -f py; rm /var/run/cdi/nvidia.yaml")
    inventory = lab.inventory([wsl.host], platform_gpu="required", sandbox_containers=SANDBOX)
    checkout = checkout_of_windows(tmp_path)
    for verb in ("apply", "check"):
        gpufleet_of(checkout, verb, "--inventory", str(inventory), *ROLES)
    assert UUID in wsl.docker("exec py nvidia-smi -L")
    assert run(lab, wsl, "check").status == 0


@pytest.mark.slow
def test_systemd_is_switched_on_and_windows_is_waited_for(lab: Lab, wsl: Wsl) -> None:
    done = run(lab, wsl, platform_wsl_boot="systemd")
    assert done.status == 2, done.words
    assert done.findings == {("platform.see-whether-wsl-has-read-how-to-start-the-distribution", "pending")}
    assert "wsl.exe --shutdown" in done.output
    expected = CONF.replace("# before Docker\n", "# before Docker\nsystemd=true\n")
    assert wsl.conf() == expected
    assert wsl.docker("inspect -f '{{.State.Running}}' py") == "true", "Docker runs until then"
    again = run(lab, wsl, platform_wsl_boot="systemd")
    assert again.findings == done.findings, again.words
    back = run(lab, wsl, platform_wsl_boot="none")
    assert back.findings == done.findings, "nobody but the user switches it off"
    wsl.host.ssh("sed -i /^systemd=true/d /etc/wsl.conf")
    assert run(lab, wsl).status == 0
    assert SCRIPT in wsl.conf()


@pytest.mark.slow
def test_systemd_that_an_article_has_switched_on_and_that_is_not_there_is_installed(
    lab: Lab, wsl: Wsl, first: Checked
) -> None:
    assert first
    wsl.host.ssh("apt-get purge -qq -y --allow-remove-essential systemd-sysv libpam-systemd dbus >/dev/null 2>&1")
    theirs = CONF.replace("[boot]\n", "[boot]\nsystemd=true\n")
    wsl.host.ssh("cat >/etc/wsl.conf", stdin=theirs)
    found = run(lab, wsl, "check")
    assert ("platform.install-systemd", "pending") in found.findings, found.words
    waits = "platform.see-whether-wsl-has-read-how-to-start-the-distribution", "pending"
    assert waits not in found.findings, "to start it anew would not help yet"
    done = run(lab, wsl)
    assert done.status == 2, done.words
    assert done.findings == {waits}
    assert "`wsl.exe --update` comes first" in " ".join(done.output.split())
    assert wsl.host.ssh("readlink -f /sbin/init").stdout.strip().endswith("/systemd")
    assert wsl.host.ssh("find /etc/systemd/system -name docker.service").stdout, "which systemd is to start"
    assert wsl.conf() == theirs
    assert wsl.docker("inspect -f '{{.State.Running}}' py") == "true"
    wsl.host.ssh("cat >/etc/wsl.conf", stdin=CONF)
    assert run(lab, wsl).status == 0


@pytest.mark.slow
def test_docker_starts_behind_a_command_that_kept_it_from_starting(lab: Lab, wsl: Wsl) -> None:
    wsl.host.ssh("cat >/etc/wsl.conf", stdin=CONF)
    assert run(lab, wsl).status == 0
    own = '"echo begun >/root/begun; exec sleep 100000 # data"'
    wsl.host.ssh("cat >/etc/wsl.conf", stdin=f'[boot]\ncommand = {own[:-1]}; {SCRIPT}"\n')
    item = "platform.have-wsl-start-the-distribution-as-declared"
    assert (item, "config") in run(lab, wsl, "check").findings, "as it was written earlier"
    assert run(lab, wsl).status == 0
    wsl.shutdown()
    until(lambda: wsl.docker("inspect -f '{{.State.Running}}' py", check=False) == "true")
    assert wsl.host.ssh("cat /root/begun; pgrep -fx 'sleep 100000'").stdout
    assert run(lab, wsl, "check").status == 0
    wsl.host.ssh("pkill -fx 'sleep 100000'; cat >/etc/wsl.conf", stdin=CONF)
    assert run(lab, wsl).status == 0


@pytest.mark.slow
def test_a_clock_that_is_behind_is_named_as_the_cause(lab: Lab, wsl: Wsl) -> None:
    # As if it were years ago: apt takes every list for one of the future
    late = "/etc/apt/apt.conf.d/zz-late"
    text = 'Acquire::Check-Date "true";\nAcquire::Max-FutureTime "-1000000000";\n'
    wsl.host.ssh(f"cat >{late}", stdin=text)
    done = run(lab, wsl, docker_engine_packages=["tree"])
    wsl.host.ssh(f"rm {late}")
    assert done.status != 0
    words = " ".join(done.output.split())
    assert "the clock of this host is behind (a Release file is not valid yet)" in words, words
    assert "sudo hwclock -s" in words


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["cuda-drivers", "gpu-things"], ids=["by-name", "as-a-dependency"])
@pytest.mark.parametrize("own_kernel", [False, True], ids=["kernel-of-wsl", "own-kernel"])
def test_no_linux_driver_is_installed_whoever_asks_for_one(lab: Lab, wsl: Wsl, asked: str, *, own_kernel: bool) -> None:
    wsl.host.ssh(DRIVERS)
    if own_kernel:
        wsl.own_kernel()
    done = run(lab, wsl, docker_engine_packages=[asked])
    wsl.host.ssh(f"rm /etc/apt/sources.list.d/debs.list; echo {KERNEL} >/run/kernel; rm -rf /run/WSL")
    assert done.status != 0
    assert "apt would install a Linux driver (cuda-drivers)" in " ".join(done.output.split()), done.output
    assert wsl.host.ssh(f"dpkg -s cuda-drivers || dpkg -s {asked}", check=False).returncode != 0


@pytest.mark.slow
def test_a_removal_gives_wsl_conf_back_as_it_was(lab: Lab, wsl: Wsl) -> None:
    assert run(lab, wsl).status == 0
    assert SCRIPT in wsl.conf()
    inventory = lab.inventory([wsl.host], platform_gpu="required", sandbox_containers=SANDBOX)
    done = removed(inventory, "--containers")
    assert done.status == 0, done.output
    assert wsl.conf() == CONF
    assert wsl.host.ssh("ls /usr/local/lib/gpufleet 2>/dev/null", check=False).stdout == ""
