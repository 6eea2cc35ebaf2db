"""What is refused while reading, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gpufleet import inventory
from tests.unit.inventory_reading import read, refusal, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "hosts.yml: there is nothing in it; hosts.example.yml shows what goes there"),
        ("# nothing yet\n", "hosts.yml: there is nothing in it; hosts.example.yml shows what goes there"),
        ("fleet:\n", "hosts.yml: there are no hosts in it; hosts.example.yml shows where they go"),
        (
            "- gpu01\n",
            "hosts.yml: groups are expected (`gpu_servers:` and below it `hosts:`); hosts.example.yml shows how",
        ),
        (
            "fleet:\n  hosts:\n\tgpu01:\n",
            "hosts.yml, line 3, column 1: not valid YAML: a tab; YAML is indented with spaces",
        ),
        ("a: [1\nb: 2\n", "hosts.yml, line 2, column 2: not valid YAML: expected ',' or ']', but got ':'"),
        (
            "fleet: {hosts: {gpu01: }}\nfleet: {}\n",
            "hosts.yml, line 2: fleet stands here for the second time (first in line 1)",
        ),
        ("fleet: {hosts: {gpu01: {a: 1, a: 2}}}\n", "hosts.yml, line 1: a stands here for the second time"),
        (
            "fleet:\n  host:\n    gpu01:\n",
            "hosts.yml, line 2, group fleet: host cannot stand in a group; did you mean hosts?",
        ),
        ("fleet:\n  gpu01:\n", "gpu01 cannot stand in a group; hosts, vars and children can; other groups go below"),
        ("hosts:\n  gpu01:\n", "hosts.yml, line 1: hosts belongs to a group; put it below `all:`"),
        ("fleet:\n  hosts:\n    - gpu01\n", "hosts.yml, line 3, group fleet: a list stands where names are expected"),
        (
            "fleet:\n  hosts:\n    gpu01: 10.0.0.5\n",
            "line 3, host gpu01: '10.0.0.5' stands where variables are expected",
        ),
        ("fleet:\n  hosts:\n    1001:\n", "hosts.yml, line 3: the name 1001 is read as 1001; put it in quotes"),
        ("fleet:\n  hosts:\n    gpu[3:1]:\n", "hosts.yml, line 3: host gpu[3:1]: [3:1] is empty"),
        ("fleet: {vars: {born: 2024-02-31}, hosts: {a: }}", "hosts.yml, line 1: day is out of range for month"),
        ("fleet: &a {children: {b: *a}}", "hosts.yml, line 1: this anchor holds an alias to itself"),
        ("plugin: aws_ec2\n", "hosts.yml: the configuration of an inventory plugin, which is not supported"),
        ("fleet: {vars: {a: !unsafe b}, hosts: {c: }}", "hosts.yml, line 1: the tag !unsafe is not supported"),
    ],
)
def test_a_file_that_is_no_inventory_is_refused_with_place_and_reason(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "[gpu]\ngpu01 ansible_host=10.0.0.5\n",
        "gpu01 ansible_host=10.0.0.5\n",
        "[gpu:vars]\n",
        "[defaults]\nforks = 5\n",
    ],
)
def test_ini_text_in_hosts_yml_is_called_so(tmp_path: Path, text: str) -> None:
    assert "this is an INI inventory, which is not supported" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "$ANSIBLE_VAULT;1.1;AES256\n6162\n",
        "fleet: {vars: {secret: !vault abc}, hosts: {gpu01: }}",
        "fleet: {vars: {secret: '$ANSIBLE_VAULT;1.1;AES256'}, hosts: {gpu01: }}",
    ],
)
def test_vault_is_said_to_be_unsupported(tmp_path: Path, text: str) -> None:
    message = refusal(tmp_path, text)
    assert message.startswith("hosts.yml")
    assert "ansible-vault" in message


FLEET = "fleet: {hosts: {gpu01: }}"


@pytest.mark.parametrize("there_is_a_hosts_file", [True, False])
@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("group_vars/all.yml", "a: 1", "group_vars/all.yml: group_vars/ is not supported; put its variables"),
        ("host_vars/gpu01/x.yml", "a: 1", "host_vars/gpu01/x.yml: host_vars/ is not supported; put its variables"),
        ("hosts.yaml", FLEET, "hosts.yaml: the inventory's name is hosts.yml; rename it"),
        ("hosts", "gpu01 ansible_user=me\n", "hosts: an INI inventory is not supported"),
        ("hosts", "gpu01\ngpu02\n", "hosts: an INI inventory is not supported"),
        ("inventory.ini", "[gpu]\ngpu01\n", "inventory.ini: an INI inventory is not supported"),
    ],
)
def test_what_ansible_would_read_too_is_refused_by_name(
    tmp_path: Path,
    name: str,
    text: str,
    message: str,
    *,
    there_is_a_hosts_file: bool,
) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    if there_is_a_hosts_file:
        write(tmp_path, FLEET)
    with pytest.raises(inventory.InventoryError) as caught:
        inventory.groups(tmp_path / "hosts.yml", ())
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\naddopts = -ra\n"),
        ("tox.ini", "[tox]\nenvlist=py3\n[testenv]\ndeps =\n    pytest\n"),
        ("hosts", "127.0.0.1 localhost\n"),
    ],
)
def test_other_peoples_files_beside_it_are_left_alone(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert len(read(tmp_path, FLEET)) == 1


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_bytes(b"fleet: {vars: {town: K\xf6ln}}")
    with pytest.raises(inventory.InventoryError, match=r"not UTF-8 text \(byte 22\)"):
        inventory.groups(tmp_path / "hosts.yml", ())


def test_a_link_to_nowhere_is_not_taken_for_no_inventory(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").symlink_to(tmp_path / "gone.yml")
    with pytest.raises(inventory.InventoryError, match="cannot be read: No such file"):
        inventory.groups(tmp_path / "hosts.yml", ())
