"""Shells and jobs of a user who may use Docker as root only, and is asked for a password."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from gpufleet.daily.place import SCRIPTS
from gpufleet.facts.scripts import script
from tests.integration.apply import apply_well
from tests.integration.terminal import GPUFLEET, terminal
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

pytestmark = pytest.mark.slow
IMAGE = "debian:trixie-slim"
DECLARED = {"sandbox_containers": {"py": {"image": IMAGE, "shm_size": "64m", "workspace": "/home/ops/py"}}}
TYPED = "correct horse"
ASKS = "[sudo] password for ops: "


@pytest.fixture(scope="module")
def host(lab: Lab, converged_snapshot: str) -> Iterator[LabHost]:
    """A host with a sandbox, where sudo asks the user who connects for a password each time."""
    host = lab.host(from_snapshot=converged_snapshot)
    apply_well(lab, host, **DECLARED)
    host.ssh("chpasswd", stdin=f"ops:{TYPED}\n")
    host.ssh("echo 'Defaults timestamp_timeout=0' >/etc/sudoers.d/ops")
    yield host
    host.destroy()


@pytest.fixture(scope="module")
def inventory(lab: Lab, host: LabHost) -> str:
    """With that host alone."""
    return str(lab.inventory([host], **DECLARED))


def refused(*arguments: str) -> str:
    """What is said where it runs without a terminal and does nothing."""
    done = subprocess.run(
        ["setsid", "--wait", GPUFLEET, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
    )
    assert (done.returncode, done.stdout) == (125, "")
    return done.stderr


def test_a_password_is_asked_for_in_the_terminal(inventory: str) -> None:
    with terminal("shell", "--inventory", inventory) as person:
        person.shows(ASKS)
        person.types(f"{TYPED}\n")
        person.shows("# ")
        assert person.asks("pwd") == "/app"
        person.types("exit 7\n")
        assert person.ends() == 7
    with terminal("run", "--inventory", inventory, "--env", "A=kept", "--", "sh", "-c", "echo $A; exit 8") as person:
        person.shows(ASKS)
        person.types(f"{TYPED}\n")
        person.shows("kept\r\n")
        assert person.ends() == 8


def test_without_a_terminal_it_is_told_what_to_do_instead(inventory: str) -> None:
    said = (
        "sudo asks ops for a password here, and SSH makes no terminal where input or output is none: run this without"
    )
    assert said in refused("shell", "--inventory", inventory)
    assert said in refused("run", "--inventory", inventory, "--", "true")


def job_here(*command: str) -> str:
    """The command line that `gpufleet run` becomes on the machine itself."""
    way = ["sh", "-c", script("way.sh", SCRIPTS), "gpufleet", "here", "sudo", "root"]
    return shlex.join([*way, script("job.sh", SCRIPTS), "1f", "", IMAGE, *command])


def test_on_the_machine_itself_input_and_output_may_be_files(host: LabHost) -> None:
    ssh, *words = host.ssh_command(root=False)
    with terminal("-t", *words, f"{job_here('echo', 'done')} </dev/null | tee log", program=ssh) as person:
        person.shows(ASKS)
        person.types(f"{TYPED}\n")
        person.shows("done\r\n")
        assert person.ends() == 0
    assert host.ssh("cat /home/ops/log").stdout == "done\n"
    without = host.ssh(job_here("echo", "done"), root=False, check=False)
    assert (without.returncode, without.stdout) == (125, "")
    assert "sudo asks ops for a password here, and there is no terminal: run this in one, or have ops" in without.stderr


def test_a_password_for_ssh_is_asked_for_by_ssh(inventory: str, tmp_path: Path) -> None:
    declared = yaml.safe_load((Path(inventory).parent / "hosts.yml").read_text())
    (of_host,) = declared["all"]["children"]["lab"]["hosts"].values()
    del of_host["ansible_ssh_private_key_file"]
    of_host["ansible_password"] = TYPED
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(declared))
    own = shutil.copy(inventory, tmp_path / "inventory.py")
    with terminal("shell", "--inventory", str(own)) as person:
        person.shows(f"ops@{of_host['ansible_host']}'s password: ")
        person.types(f"{TYPED}\n")
        person.shows(ASKS)
        person.types(f"{TYPED}\n")
        person.shows("# ")
        person.types("exit 0\n")
        assert person.ends() == 0


def test_doas_is_used_where_the_inventory_says_so(lab: Lab, host: LabHost) -> None:
    host.ssh("apt-get update -qq && apt-get install -y -qq opendoas && echo permit ops >/etc/doas.conf")
    inventory = str(lab.inventory([host], _doas=True, **DECLARED))
    assert "doas asks ops for a password here" in refused("shell", "--inventory", inventory)
    with terminal("shell", "--inventory", inventory) as person:
        person.shows("password: ")
        person.types(f"{TYPED}\n")
        person.shows("# ")
        person.types("exit 7\n")
        assert person.ends() == 7
    assert "doas: Authentication required" in refused("run", "--inventory", inventory, "--", "true")
    host.ssh("echo permit nopass ops >/etc/doas.conf")
    with terminal("run", "--inventory", inventory, "--", "echo", "done") as person:
        person.shows("done\r\n")
        assert person.ends() == 0
