"""The inventory under the stock pyinfra command, from any directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gpufleet.inventory import this_machine
from tests.unit.inventory_reading import write

INVENTORY = Path(__file__).parents[2] / "inventory.py"
PYINFRA = Path(sys.executable).with_name("pyinfra")


def pyinfra(inventory: Path, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    command = [str(PYINFRA), str(inventory), *arguments]
    # Run in a directory that holds nothing of this repository, as a person does who names it by its path.
    environment = {**os.environ, "HOME": str(home)}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=home, env=environment)


def with_hosts(directory: Path, text: str) -> Path:
    write(directory, text)
    inventory = directory / "inventory.py"
    inventory.write_text(INVENTORY.read_text(encoding="utf-8"), encoding="utf-8")
    return inventory


def hosts_of(completed: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    assert completed.returncode == 0, completed.stderr
    return {host["name"]: host for host in json.loads(completed.stdout)}


@pytest.mark.skipif((INVENTORY.parent / "hosts.yml").exists(), reason="this checkout has a hosts.yml of its own")
def test_without_hosts_yml_this_machine_is_the_inventory(tmp_path: Path) -> None:
    hosts = hosts_of(pyinfra(INVENTORY, "debug-inventory", "--json", home=tmp_path))
    group = next(name for name in this_machine.groups() if name != "all")
    assert list(hosts) == ["@local"]
    assert group in hosts["@local"]["groups"]


@pytest.mark.parametrize(
    ("release", "marks", "group"),
    [
        ("5.15.167.4-microsoft-standard-WSL2\n", [], "wsl"),
        ("4.4.0-19041-Microsoft\n", [], "wsl"),
        ("6.12.57+deb13-amd64\n", [], "gpu_servers"),
        ("6.6.87-mine\n", ["dev/dxg", "run/WSL"], "wsl"),
        ("6.6.87-mine\n", ["dev/dxg"], "gpu_servers"),
    ],
)
def test_this_machine_is_in_the_group_that_fits_its_kernel(
    tmp_path: Path, release: str, marks: list[str], group: str
) -> None:
    for name, text in {"proc/sys/kernel/osrelease": release, **dict.fromkeys(marks, "")}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert set(this_machine.groups(tmp_path)) == {"all", group}


def test_groups_reach_pyinfra_whatever_their_names_and_passwords_stay_hidden(tmp_path: Path) -> None:
    inventory = with_hosts(
        tmp_path,
        """
        gpu-servers:
          vars: {ansible_user: admin, ansible_become_pass: s3cret, rack: 7}
          hosts: {"gpu[01:02]": }
        roles: {hosts: {gpu01: }}
        """,
    )
    completed = pyinfra(inventory, "debug-inventory", "--json", home=tmp_path)
    hosts = hosts_of(completed)
    assert hosts["gpu01"]["groups"] == ["gpu-servers", "roles", "inventory"]
    assert hosts["gpu02"]["data"] == {"ssh_user": "admin", "_sudo_password": "(hidden)", "rack": 7}
    assert "s3cret" not in completed.stdout + completed.stderr


def test_an_error_is_printed_without_a_traceback(tmp_path: Path) -> None:
    inventory = with_hosts(tmp_path, "fleet:\n  host:\n    gpu01:\n")
    completed = pyinfra(inventory, "debug-inventory", home=tmp_path)
    assert completed.returncode == 1
    assert completed.stderr.splitlines()[-1] == (
        "hosts.yml, line 2, group fleet: host cannot stand in a group; did you mean hosts?"
    )
    assert "Traceback" not in completed.stderr
    assert not (tmp_path / "pyinfra-debug.log").exists()


def test_a_misspelt_setting_stops_the_run_before_it_connects(tmp_path: Path) -> None:
    inventory = with_hosts(tmp_path, "fleet: {vars: {docker_engine_usres: [me]}, hosts: {gpu01: }}")
    completed = pyinfra(inventory, "-y", "exec", "--", "true", home=tmp_path)
    assert completed.returncode == 1
    assert "did you mean docker_engine_users?" in completed.stderr
    assert "Connecting" not in completed.stderr


def test_folders_named_on_the_command_line_are_checked_too(tmp_path: Path) -> None:
    inventory = with_hosts(tmp_path, "fleet: {hosts: {gpu01: }}")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "fleet.py").write_text("docker_engine_users = 'me'\n", encoding="utf-8")
    completed = pyinfra(inventory, "debug-inventory", "--group-data", "more", home=tmp_path)
    assert completed.returncode == 1
    assert completed.stderr.splitlines()[-1].startswith("more/fleet.py, line 1: docker_engine_users: 'me': ")


def test_sudo_gets_the_hidden_password_as_it_is(tmp_path: Path) -> None:
    # A stand-in for sudo that asks as the real one does with -A, and says what it was given.
    sudo = tmp_path / "bin" / "sudo"
    sudo.parent.mkdir()
    sudo.write_text('#!/bin/sh\necho "password: $("$SUDO_ASKPASS")"\n', encoding="utf-8")
    sudo.chmod(0o755)
    inventory = with_hosts(
        tmp_path,
        "me: {hosts: {here: {ansible_connection: local, ansible_become: true, ansible_become_pass: 's3 c$et'}}}",
    )
    path = f"{sudo.parent}:{os.environ['PATH']}"
    completed = subprocess.run(
        [PYINFRA, str(inventory), "-y", "exec", "--", "true"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "PATH": path},
    )
    assert "password: s3 c$et" in completed.stdout + completed.stderr


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("docker_engine_verson=26.1.5", "did you mean docker_engine_version?"),
        ("docker_engine_users=alice", "valid list"),
    ],
)
def test_a_wrong_setting_on_the_command_line_stops_the_run_before_it_connects(
    tmp_path: Path, data: str, said: str
) -> None:
    inventory = with_hosts(tmp_path, "all:\n  hosts:\n    a:\n      ansible_host: 127.0.0.1\n      ansible_port: 1\n")
    completed = pyinfra(inventory, "exec", "--data", data, "--", "true", home=tmp_path)
    assert completed.returncode == 1
    assert said in completed.stderr
    assert "Traceback" not in completed.stderr
    assert "Connecting" not in completed.stderr
