"""`--limit`: which hosts are meant."""

import pytest

from gpufleet.run.selection import NothingMatchedError, select

HOSTS = ["gpu1", "gpu2", "wsl"]
GROUPS = {"servers": ["gpu1", "gpu2"], "laptops": ["wsl"], "empty": []}


def test_without_a_limit_every_host_is_meant() -> None:
    assert select(HOSTS, GROUPS, []) == HOSTS


def test_a_limit_names_a_host_a_group_or_a_pattern() -> None:
    assert select(HOSTS, GROUPS, ["gpu2"]) == ["gpu2"]
    assert select(HOSTS, GROUPS, ["servers"]) == ["gpu1", "gpu2"]
    assert select(HOSTS, GROUPS, ["*2"]) == ["gpu2"]


def test_several_limits_add_up_in_the_order_of_the_inventory() -> None:
    assert select(HOSTS, GROUPS, ["laptops", "gpu1", "servers"]) == ["gpu1", "gpu2", "wsl"]


def test_a_host_is_meant_by_its_name_even_when_a_group_has_the_same() -> None:
    assert select(["a", "b"], {"a": ["b"]}, ["a"]) == ["a"]


@pytest.mark.parametrize(
    ("limit", "hint"),
    [("gpu3", "did you mean gpu"), ("server", "did you mean servers"), ("zzz", "there are empty, gpu1")],
)
def test_a_limit_that_matches_nothing_is_an_error_with_the_nearest_name(limit: str, hint: str) -> None:
    with pytest.raises(NothingMatchedError, match=f"--limit {limit}: no such host or group; .*{hint}"):
        select(HOSTS, GROUPS, ["gpu1", limit])


def test_commas_join_as_they_do_for_roles() -> None:
    assert select(HOSTS, GROUPS, [f"{HOSTS[-1]},{HOSTS[0]}"]) == [HOSTS[0], HOSTS[-1]]


@pytest.mark.parametrize("limit", ["", ",", f"{HOSTS[0]},"])
def test_a_limit_that_names_nothing_is_never_all_hosts(limit: str) -> None:
    with pytest.raises(NothingMatchedError, match="--limit '': no such host or group; there are "):
        select(HOSTS, GROUPS, [limit])


@pytest.mark.parametrize("limit", ["all:!gpu1", "!gpu1", "gpus:&lab"])
def test_a_pattern_of_ansibles_is_refused_with_what_can_be_said_here(limit: str) -> None:
    with pytest.raises(NothingMatchedError, match=r"Ansible's .* mean nothing here: name hosts, groups or patterns"):
        select(HOSTS, GROUPS, [limit])


def test_a_group_without_a_host_is_there_and_empty() -> None:
    with pytest.raises(NothingMatchedError, match=r"^--limit idle: no host is in that group$"):
        select(HOSTS, {**GROUPS, "idle": []}, ["idle"])
    with pytest.raises(NothingMatchedError, match="did you mean idle"):
        select(HOSTS, {**GROUPS, "idle": []}, ["idlee"])
