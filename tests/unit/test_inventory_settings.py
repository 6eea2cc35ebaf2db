"""The roles' variables in hosts.yml and group_data, checked before anything connects."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest
from pydantic import Field

from gpufleet import inventory
from gpufleet.settings import RoleSettings
from tests.unit.inventory_reading import data, read, refusal

if TYPE_CHECKING:
    from pathlib import Path


class EngineSettings(RoleSettings):
    """A role as small as can be."""

    role: ClassVar[str] = "engine"
    version: str | None = None
    users: list[str] = Field(default_factory=list)


MODELS = (EngineSettings,)


def from_group_data(directory: Path, text: str) -> str:
    (directory / "group_data").mkdir()
    (directory / "group_data" / "gpu_servers.py").write_text(text, encoding="utf-8")
    with pytest.raises(inventory.InventoryError) as caught:
        inventory.groups(directory / "hosts.yml", MODELS)
    return str(caught.value).replace(f"{directory}/", "")


def test_right_variables_reach_the_host(tmp_path: Path) -> None:
    hosts = read(tmp_path, "fleet: {vars: {engine_version: '26.1', other: 1}, hosts: {gpu01: }}", MODELS)
    assert data(hosts, "gpu01") == {"engine_version": "26.1", "other": 1}


def test_a_misspelt_variable_names_line_holder_and_the_right_name(tmp_path: Path) -> None:
    message = refusal(tmp_path, "fleet:\n  hosts:\n    gpu01:\n      engine_versoin: '26'\n", MODELS)
    assert message.startswith("hosts.yml, line 4, host gpu01: engine_versoin: ")
    assert "26" not in message
    assert "did you mean engine_version?" in message


def test_a_wrong_type_names_line_and_holder(tmp_path: Path) -> None:
    message = refusal(tmp_path, "fleet:\n  hosts: {gpu01: }\n  vars:\n    engine_users: me\n", MODELS)
    assert message.startswith("hosts.yml, line 4, group fleet: engine_users: 'me': ")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = "fleet:\n  vars: {engine_users: me}\n  hosts: {gpu01: {engine_version: 26}, gpu02: {engine_user: 1}}"
    assert [line.partition(": ")[0] for line in refusal(tmp_path, text, MODELS).splitlines()] == [
        "hosts.yml, line 2, group fleet",
        "hosts.yml, line 3, host gpu01",
        "hosts.yml, line 3, host gpu02",
    ]


def test_a_template_in_a_variable_of_ours_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, "fleet: {vars: {engine_users: ['{{ me }}']}, hosts: {gpu01: }}", MODELS)
    assert (
        message == "hosts.yml, line 1, group fleet: engine_users: templates are not evaluated; write the value itself"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\nengine_usres = []\n", "group_data/gpu_servers.py, line 2: engine_usres: "),
        ("if True:\n    engine_users: object = 'me'\n", "group_data/gpu_servers.py, line 2: engine_users: 'me': "),
        (
            "import os\nengine_verison = os.environ['V']\n",
            "line 2: engine_verison: (text): there is no such",
        ),
        ("engine_version = (\n", "group_data/gpu_servers.py, line 1: not valid Python: '(' was never closed"),
    ],
)
def test_group_data_is_checked_with_or_without_hosts_yml(tmp_path: Path, text: str, message: str) -> None:
    assert message in from_group_data(tmp_path, text)


def test_group_data_is_read_without_being_run(tmp_path: Path) -> None:
    (tmp_path / "group_data").mkdir()
    text = "from getpass import getpass\nengine_version = getpass()\ndef f():\n    engine_nothing = 1\nraise OSError\n"
    (tmp_path / "group_data" / "all.py").write_text(text, encoding="utf-8")
    assert len(read(tmp_path, "fleet: {hosts: {gpu01: }}", MODELS)) == 1


def test_group_data_of_the_working_directory_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "group_data").mkdir(parents=True)
    (tmp_path / "here" / "group_data" / "all.py").write_text("engine_x = 1", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    assert refusal(tmp_path, "fleet: {hosts: {gpu01: }}", MODELS).startswith("group_data/all.py, line 1: engine_x")
