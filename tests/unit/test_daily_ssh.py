"""The command line of ssh for a host of the inventory."""

import shlex
from pathlib import Path

from gpufleet.daily.ssh import remote, ssh_command
from gpufleet.inventory import ssh_config
from gpufleet.inventory.ssh_options import Options

PYINFRA = {
    "ssh_hostname": None,
    "ssh_port": None,
    "ssh_user": None,
    "ssh_key": None,
    "ssh_config_file": None,
    "ssh_known_hosts_file": None,
    "ssh_strict_host_key_checking": "accept-new",
}
"""What pyinfra's SSH connector takes where nothing is declared."""


def test_a_host_of_which_nothing_is_declared_is_left_to_ssh_and_its_own_configuration() -> None:
    words = ssh_command("gpu01", PYINFRA, None, terminal=True)
    assert words[:2] == ["ssh", "-t"]
    assert words[-1] == "gpu01"
    assert not {"-F", "-p", "-l", "-i", "-J"} & set(words)
    assert "StrictHostKeyChecking=accept-new" in words


def test_what_is_declared_of_the_connection_stands_on_the_command_line() -> None:
    data = PYINFRA | {
        "ssh_hostname": "192.0.2.20",
        "ssh_port": 2222,
        "ssh_user": "ops",
        "ssh_key": "/keys/my fleet",
        "ssh_known_hosts_file": "/keys/known hosts",
        "ssh_strict_host_key_checking": "yes",
        "ssh_config_file": "/etc/fleet_ssh",
    }
    words = ssh_command("gpu01", data, None, terminal=False)
    line = shlex.join(words)
    assert words[:2] == ["ssh", "-T"]
    assert words[-1] == "192.0.2.20"
    assert "-p 2222 -l ops -i '/keys/my fleet' -o IdentitiesOnly=yes" in line
    assert 'UserKnownHostsFile="/keys/known hosts"' in words
    assert "StrictHostKeyChecking=yes" in words
    assert words[words.index("-F") + 1] == "/etc/fleet_ssh"


def test_an_ssh_config_that_ends_with_this_process_is_spelled_out() -> None:
    options = Options(in_file={"ProxyJump": "admin@bastion:2200", "ServerAliveInterval": "15"})
    file = ssh_config.write(ssh_config.render("192.0.2.20", 2222, options))
    text = ssh_config.written(str(file))
    words = ssh_command("gpu01", PYINFRA | {"ssh_config_file": str(file)}, text, terminal=True)
    assert {"ProxyJump=admin@bastion:2200", "ServerAliveInterval=15", "Port=2222"} <= set(words)
    assert "-F" not in words
    assert str(file) not in shlex.join(words)


def test_another_ssh_config_that_it_includes_stays() -> None:
    options = Options(in_file={"ProxyCommand": "nc -x proxy %h %p"}, config="/etc/fleet_ssh")
    words = ssh_command("gpu01", PYINFRA, ssh_config.render("gpu01", None, options), terminal=True)
    assert words[words.index("-F") + 1] == "/etc/fleet_ssh"
    assert "ProxyCommand=nc -x proxy %h %p" in words


def test_a_persons_own_ssh_config_is_not_one_of_ours(tmp_path: Path) -> None:
    assert ssh_config.written(str(tmp_path / "config")) is None
    assert ssh_config.written(None) is None


def test_words_go_through_a_login_shell_unchanged() -> None:
    words = ["sh", "-c", 'echo "$1"; exit 3', "it's", "a\nb", "$HOME", "`id`", ""]
    assert shlex.split(remote(words)) == ["exec", *words]


def test_options_of_a_command_come_first_as_the_first_one_counts() -> None:
    words = ssh_command("gpu01", PYINFRA, None, terminal=True, options=["-o", "ControlPath=none"])
    assert words[2:4] == ["-o", "ControlPath=none"]
