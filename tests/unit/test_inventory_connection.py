"""How hosts are reached: Ansible's connection variables as pyinfra's data."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from pyinfra.connectors.ssh import connector_data_meta

from gpufleet.inventory.convert import Secret, has_template
from gpufleet.inventory.names import CONVERTERS
from tests.unit.inventory_reading import data, members, read, refusal


def reached(directory: Path, variables: str) -> dict[str, Any]:
    return data(read(directory, f"fleet: {{hosts: {{gpu01: {{{variables}}}}}}}"), "gpu01")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ("ansible_host: 10.0.0.5", {"ssh_hostname": "10.0.0.5"}),
        ("ansible_ssh_host: 10.0.0.5", {"ssh_hostname": "10.0.0.5"}),
        ('ansible_port: "2222"', {"ssh_port": 2222}),
        ("ansible_ssh_port: 2222", {"ssh_port": 2222}),
        ("ansible_user: admin", {"ssh_user": "admin"}),
        ("ansible_ssh_user: 1000", {"ssh_user": "1000"}),
        ("ansible_user: ", {}),
        ("ansible_connection: ssh", {}),
        ("ansible_connection: ansible.builtin.ssh", {}),
        ("ansible_become: true", {"_sudo": True}),
        ("ansible_become: 'yes', ansible_become_method: sudo", {"_sudo": True}),
        ("ansible_become: false", {"_sudo": False}),
        ("ansible_become: true, ansible_become_user: root", {"_sudo": True}),
        ("ansible_become: true, ansible_become_user: ops", {"_sudo": True, "_sudo_user": "ops"}),
        ("ansible_become_user: ops", {}),
        ("ansible_become_password: s3cret", {"_sudo_password": Secret("s3cret")}),
        ("ansible_become_pass: 1234", {"_sudo_password": Secret("1234")}),
        ("ssh_user: admin, ansible_user: admin", {"ssh_user": "admin"}),
        ("ssh_allow_agent: 'yes', ssh_look_for_keys: no", {"ssh_allow_agent": True, "ssh_look_for_keys": False}),
        ("ssh_known_hosts_file: /keys/known", {"ssh_known_hosts_file": "/keys/known"}),
        ("ssh_strict_host_key_checking: no", {"ssh_strict_host_key_checking": "no"}),
        ("ssh_strict_host_key_checking: accept-new", {"ssh_strict_host_key_checking": "accept-new"}),
        ("ssh_connect_retry_min_delay: 1", {"ssh_connect_retry_min_delay": 1.0}),
        ("ssh_key_password: 1234", {"ssh_key_password": "1234"}),
        ("ssh_file_transfer_protocol: scp", {"ssh_file_transfer_protocol": "scp"}),
        ("ssh_paramiko_connect_kwargs: {timeout: 5}", {"ssh_paramiko_connect_kwargs": {"timeout": 5}}),
    ],
)
def test_a_connection_variable_becomes_pyinfras_own(tmp_path: Path, variables: str, expected: dict[str, Any]) -> None:
    assert reached(tmp_path, variables) == expected


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ("ssh_allow_agent: perhaps", "ssh_allow_agent: 'perhaps': yes or no is expected"),
        ("ssh_known_hosts_file: 3", "ssh_known_hosts_file: 3: a text is expected"),
        ("ssh_strict_host_key_checking: 1", "ssh_strict_host_key_checking: 1: one of yes, no, off, ask, accept-new is"),
        ("ssh_connect_retry_max_delay: .inf", "ssh_connect_retry_max_delay: inf: a number of seconds is expected"),
        ("ssh_connect_retry_max_delay: 5s", "ssh_connect_retry_max_delay: '5s': a number of seconds is expected"),
        ("ssh_key_password: [s3cret]", "ssh_key_password: (hidden): a text is expected"),
        ("ssh_file_transfer_protocol: rsync", "ssh_file_transfer_protocol: 'rsync': sftp or scp is expected"),
        ("ssh_paramiko_connect_kwargs: 5", "ssh_paramiko_connect_kwargs: 5: names and values are expected"),
    ],
)
def test_a_setting_of_pyinfras_connections_that_cannot_be_used_is_refused(
    tmp_path: Path, variables: str, message: str
) -> None:
    said = refusal(tmp_path, f"fleet: {{hosts: {{gpu01: {{{variables}}}, gpu02: }}}}")
    assert said.startswith(f"hosts.yml, line 1, host gpu01: {message}")


def test_every_setting_of_pyinfras_connections_is_checked() -> None:
    """Else pyinfra ends the run of the whole fleet for one host's value of a wrong type."""
    assert set(connector_data_meta) <= set(CONVERTERS)


def test_a_port_behind_the_name_counts(tmp_path: Path) -> None:
    hosts = read(tmp_path, 'fleet: {hosts: {"gpu[1:2]:2222": }}')
    assert data(hosts, "gpu2") == {"ssh_port": 2222}


def test_connection_variables_of_groups_follow_precedence_and_the_host_wins(tmp_path: Path) -> None:
    text = """
        all: {vars: {ansible_user: all, ansible_port: 1}}
        outer: {vars: {ansible_user: outer, ansible_port: 2}, children: {inner: }}
        inner: {vars: {ansible_ssh_user: inner}, hosts: {gpu01: , gpu02: {ansible_user: me}}}
    """
    hosts = read(tmp_path, text)
    assert data(hosts, "gpu01") == {"ssh_user": "inner", "ssh_port": 2}
    assert data(hosts, "gpu02") == {"ssh_user": "me", "ssh_port": 2}


@pytest.mark.parametrize(
    "text",
    [
        "a: {hosts: {gpu01: {ansible_host: one}}}\nb: {hosts: {gpu01: {ansible_host: two}}}",
        "a: {hosts: {gpu01: {ansible_host: one, ansible_ssh_host: two}}}",
        "a: {hosts: {gpu01: {ansible_host: one, ssh_hostname: two}}}",
        "a: {hosts: {gpu01: }, vars: {ansible_host: one}}\nb: {hosts: {gpu01: }, vars: {ansible_host: two}}",
    ],
)
def test_two_values_for_one_host_are_refused_with_both_places(tmp_path: Path, text: str) -> None:
    message = refusal(tmp_path, text)
    assert "host gpu01 has two values" in message
    assert "'one'" in message
    assert "'two'" in message


def test_two_passwords_for_one_host_are_refused_without_printing_them(tmp_path: Path) -> None:
    text = "a: {hosts: {gpu01: {ansible_become_pass: one, ansible_become_password: two}}}"
    message = refusal(tmp_path, text)
    assert message.count("(hidden)") == 2
    assert "one" not in message.replace("one is", "").replace("keep one", "")


def test_the_host_itself_settles_what_its_groups_disagree_on(tmp_path: Path) -> None:
    text = """
        a: {hosts: {gpu01: {ansible_port: 3}}, vars: {ansible_port: 1}}
        b: {hosts: {gpu01: }, vars: {ansible_port: 2}}
    """
    assert data(read(tmp_path, text), "gpu01") == {"ssh_port": 3}


def test_the_same_value_twice_is_no_contradiction(tmp_path: Path) -> None:
    text = "a: {hosts: {gpu01: {ansible_port: 22}}}\nb: {hosts: {gpu01: {ansible_port: '22', ansible_become: on}}}"
    assert data(read(tmp_path, text), "gpu01") == {"ssh_port": 22, "_sudo": True}


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ("ansible_port: none", "ansible_port: 'none': a port from 1 to 65535 is expected"),
        ("ansible_port: 65536", "a port from 1 to 65535 is expected"),
        ("ansible_port: true", "a port from 1 to 65535 is expected"),
        ("ansible_host: [a, b]", "a text is expected"),
        ("ansible_host: a b", "one address or name is expected"),
        ("ansible_host: ''", "a text is expected"),
        ("ansible_become: maybe", "ansible_become: 'maybe': yes or no is expected"),
        ("ansible_become_method: su", "only sudo is supported"),
        ("ansible_become_password: [a]", "ansible_become_password: (hidden): a text is expected"),
        ("ansible_connection: winrm", "only ssh and local are supported; take the host out"),
        ("ansible_host: '{{ address }}'", "templates are not evaluated; write the value itself"),
        ("ansible_become_pass: '{{ vault_pass }}'", "ansible_become_pass: (hidden): templates are not evaluated"),
        ("ansible_ssh_common_args: '-o'", "-o lacks its value"),
        ("ansible_ssh_common_args: '-o ProxyJump'", "ProxyJump lacks its value"),
        ("ansible_ssh_common_args: bastion", "'bastion' is no option of ssh"),
        ('ansible_ssh_common_args: "-o ProxyCommand=\'ssh"', "No closing quotation"),
        ("ansible_ssh_common_args: '-o StrictHostKeyChecking=perhaps'", "yes, no, ask and accept-new are possible"),
        ("ansible_ssh_common_args: -J gpu01", "the jump host gpu01 has the same address as the host behind it"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_at_its_line(tmp_path: Path, variables: str, reason: str) -> None:
    message = refusal(tmp_path, f"fleet: {{hosts: {{gpu01: {{{variables}}}}}}}")
    assert message.startswith("hosts.yml, line 1, host gpu01: ansible_")
    assert reason in message


def test_a_value_of_a_group_that_cannot_be_used_names_group_and_host(tmp_path: Path) -> None:
    message = refusal(tmp_path, "fleet:\n  vars: {ansible_port: x}\n  hosts: {gpu01: }")
    assert message.startswith("hosts.yml, line 2, group fleet, for host gpu01: ansible_port: 'x': ")


def test_the_local_host_is_pyinfras_and_keeps_its_name_as_a_group(tmp_path: Path) -> None:
    text = "wsl: {hosts: {laptop: {ansible_connection: local, ansible_host: 10.0.0.5, ansible_become: true, a: 1}}}"
    hosts = read(tmp_path, text)
    assert members(hosts, "laptop") == members(hosts, "wsl") == ["@local"]
    assert data(hosts, "@local") == {"_sudo": True, "a": 1}


def test_the_place_where_pyinfra_notes_host_keys_is_made_as_ssh_makes_it(tmp_path: Path) -> None:
    read(tmp_path, "wsl: {hosts: {laptop: {ansible_connection: local}}}")
    assert not (tmp_path / ".ssh").exists()
    read(tmp_path, "fleet: {hosts: {gpu01: }}")
    assert stat.S_IMODE((tmp_path / ".ssh").stat().st_mode) == 0o700


def test_two_local_hosts_are_refused(tmp_path: Path) -> None:
    text = "all: {vars: {ansible_connection: local}, hosts: {one: , two: }}"
    assert "one, two are all this machine" in refusal(tmp_path, text)


def test_a_key_is_found_beside_the_inventory(tmp_path: Path) -> None:
    (tmp_path / "fleet.key").touch()
    assert reached(tmp_path, "ansible_ssh_private_key_file: fleet.key") == {"ssh_key": str(tmp_path / "fleet.key")}


def test_a_missing_key_is_said_and_left_out_as_ssh_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reached(tmp_path, "ansible_private_key_file: ~/no/such.key") == {}
    assert "line 1, host gpu01: ansible_private_key_file: there is no file ~/no/such.key" in capsys.readouterr().err


def test_what_speaks_to_ansible_alone_is_named_once_and_is_no_data(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = """
        all: {vars: {ansible_python_interpreter: "{{ python }}", ansible_ssh_common_args: -C -o ControlMaster=auto}}
        a: {hosts: {"gpu[01:20]": {ansible_python_interpreter: x, ansible_ssh_pipelining: true}}}
    """
    assert data(read(tmp_path, text), "gpu01") == {}
    assert capsys.readouterr().err == (
        f"{tmp_path}/hosts.yml: ignored, as it speaks to Ansible alone: ansible_python_interpreter, "
        "ansible_ssh_pipelining, ssh -C, ssh -o ControlMaster\n"
    )


@pytest.mark.parametrize(
    "options",
    [
        "-o ProxyJump=ops@bastion:2222",
        "-oProxyJump=ops@bastion:2222",
        "-J ops@bastion:2222",
        '-o "ProxyJump ops@bastion:2222"',
    ],
)
def test_a_jump_host_goes_into_a_private_ssh_config_for_that_host_alone(tmp_path: Path, options: str) -> None:
    found = reached(tmp_path, f"ansible_host: 10.0.0.5, ansible_port: 2022, ansible_ssh_common_args: '{options}'")
    config = Path(found["ssh_config_file"])
    assert config.read_text(encoding="utf-8").startswith(
        "Host 10.0.0.5\n    ProxyJump ops@bastion:2222\n    Port 2022\nHost *\n    Include ~/.ssh/config\n",
    )
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert stat.S_IMODE(config.parent.stat().st_mode) == 0o700
    assert found["ssh_connect_retries"] == 3


def test_tries_that_a_person_sets_are_kept_behind_a_jump_host(tmp_path: Path) -> None:
    assert reached(tmp_path, "ansible_ssh_common_args: -J bastion, ssh_connect_retries: 0")["ssh_connect_retries"] == 0


def test_hosts_behind_one_jump_host_share_no_line_of_their_configs(tmp_path: Path) -> None:
    hosts = read(tmp_path, 'fleet: {vars: {ansible_ssh_common_args: -J bastion}, hosts: {"gpu[1:2]": }}')
    assert data(hosts, "gpu1")["ssh_config_file"] != data(hosts, "gpu2")["ssh_config_file"]


def test_of_an_option_given_twice_the_first_counts_in_ansibles_order(tmp_path: Path) -> None:
    found = reached(
        tmp_path, "ansible_ssh_extra_args: -J three, ansible_ssh_common_args: -J two, ansible_ssh_args: -J one"
    )
    assert "ProxyJump one\n" in Path(found["ssh_config_file"]).read_text(encoding="utf-8")


def test_other_ssh_options_reach_pyinfra_where_it_has_a_place_for_them(tmp_path: Path) -> None:
    options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -A -p 2022"
    assert reached(tmp_path, f"ansible_ssh_extra_args: '{options}'") == {
        "ssh_strict_host_key_checking": "no",
        "ssh_known_hosts_file": "/dev/null",
        "ssh_forward_agent": True,
        "ssh_port": 2022,
    }


def test_a_secret_shows_itself_to_nobody_but_sudo() -> None:
    secret = Secret("s3cret")
    assert f"{secret!r} {[secret]} {secret.to_json()}".count("s3cret") == 0
    assert f"{secret}" == "s3cret"


@pytest.mark.parametrize("value", ["{{ a }}", "{{a}}", "{%- if a %}", ["x", {"y": "{{ z }}"}], "{{ 'a' }}"])
def test_a_jinja_template_is_seen_at_any_depth(value: object) -> None:
    assert has_template(value)


@pytest.mark.parametrize("value", ["{{.Name}}", "{{ .ID }}", "a{b}", 3, None, {"x": ["{"]}])
def test_dockers_own_templates_are_none_of_jinjas(value: object) -> None:
    assert not has_template(value)
