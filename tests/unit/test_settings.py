"""Settings: what is accepted, and what a person reads when something is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpufleet.settings import SettingsError, Source, load, problems
from gpufleet.settings_page import page
from roles import SETTINGS
from roles.docker_engine.settings import DockerEngineSettings

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


def test_defaults_need_no_variable() -> None:
    assert load(DockerEngineSettings, {}).source == "auto"


def test_variables_of_nobody_pass_through() -> None:
    assert problems([Source("group_data/all.py", {"rack": 7})], SETTINGS) == []


def test_a_variable_reaches_its_field() -> None:
    assert load(DockerEngineSettings, {"docker_engine_users": ["ana"], "rack": 7}).users == ["ana"]


def test_a_misspelt_variable_names_place_and_the_nearest_right_name() -> None:
    (found,) = problems([Source("group_data/all.py", {"docker_engine_verison": "26.1"})], SETTINGS)
    assert found.startswith("group_data/all.py: docker_engine_verison: (text): there is no such variable")
    assert found.endswith("did you mean docker_engine_version?")


def test_a_variable_like_nothing_known_points_to_the_list() -> None:
    (found,) = problems([Source("hosts.yml, host a", {"docker_engine_zzzzzzzzzzzz": 1})], SETTINGS)
    assert "docs/settings.md" in found


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("docker_engine_source", "snap", "'auto', 'docker' or 'distribution'"),
        ("docker_engine_users", "ana", "valid list"),
        ("docker_engine_users", ["Ana Maria"], "is not a user name"),
        ("docker_engine_packages", ["docker-compose-v2 --now"], "is not the name of a package"),
        ("docker_engine_replace", "yes", "valid boolean"),
        ("docker_engine_version", 26, "valid string"),
        ("docker_engine_version", "latest", "not a version"),
        ("docker_engine_version", "20.10.24", "too old"),
        ("docker_engine_key_fingerprint", "9DC8", "40 hexadecimal digits"),
        ("docker_engine_repository", "download.docker.com", "not an http or https URL"),
        ("docker_engine_repository", "https://mirror.example.org", "with a path"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(name: str, value: object, said: str) -> None:
    (found,) = problems([Source("hosts.yml", {name: value})], SETTINGS)
    assert found.startswith(f"hosts.yml: {name}")
    assert (repr(value) in found) is not isinstance(value, list)
    assert said in found


def test_a_value_deep_inside_is_found_by_its_path() -> None:
    (found,) = problems([Source("hosts.yml", {"docker_engine_users": ["ana", 7]})], SETTINGS)
    assert "docker_engine_users[1]" in found


def test_a_proxy_with_a_password_is_never_shown() -> None:
    (found,) = problems([Source("hosts.yml", {"docker_engine_http_proxy": ["http://u:secret@p"]})], SETTINGS)
    assert "secret" not in found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sandbox_containers", {"py": {"enviroment": {"TOKEN": "hunter2"}}}),
        ("sandbox_containers", {"py": {"env": {"TOKEN": "hunter2"}}}),
        ("sandbox_containers", {"py": {"env": "hunter2"}}),
        ("sandbox_containers", {"py": ["TOKEN=hunter2"]}),
        ("sandbox_containers", {"py": {"gpus": ["TOKEN=hunter2"]}}),
        ("sandbox_containers", {"py": {"command": "run --token hunter2"}}),
        ("sandbox_containers", [{"py": {"environment": {"TOKEN": "hunter2"}}}]),
        ("sandbox_containers", '{"py": {"environment": {"T": "hunter2"}}}'),
        ("sandbox_environment", {"TOKEN": "hunter2"}),
        ("sandbox_token", "hunter2"),
        ("cuda_image_environment", ["TOKEN=hunter2"]),
    ],
)
def test_what_may_hold_a_secret_is_never_shown(name: str, value: object) -> None:
    (found,) = problems([Source("hosts.yml", {name: value})], SETTINGS)
    assert found.startswith(f"hosts.yml: {name}")
    assert "hunter2" not in found


def test_credentials_in_a_repository_are_refused_and_not_shown() -> None:
    (found,) = problems([Source("hosts.yml", {"docker_engine_repository": "https://u:secret@p/docker"})], SETTINGS)
    assert "auth.conf.d" in found
    assert "secret" not in found


def test_a_fingerprint_may_be_written_in_groups() -> None:
    grouped = "9dc8 5822 9fc7 dd38 854a e2d8 8d81 803c 0ebf cd88"
    assert load(DockerEngineSettings, {"docker_engine_key_fingerprint": grouped}) == load(DockerEngineSettings, {})


def test_a_key_with_a_setting_of_its_own_may_not_be_declared_twice() -> None:
    with pytest.raises(SettingsError, match="set docker_engine_live_restore instead"):
        load(DockerEngineSettings, {"docker_engine_daemon": {"live-restore": False}})


def test_the_reference_page_is_up_to_date() -> None:
    assert DOCS.read_text(encoding="utf-8") == page(SETTINGS), "run `make docs`"
