"""Groups, members and precedence, as Ansible has them and as pyinfra then sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

import roles
from gpufleet import inventory
from tests.unit.inventory_reading import data, members, read, refusal

FLEET = """
    all:
      vars: {colour: all, site: all}
      hosts:
        lonely:
    servers:
      vars: {colour: servers, owner: servers}
      children:
        old:
        new:
    new:
      hosts:
        gpu[01:02]:
        both: {colour: host}
      vars: {colour: new, cooling: water}
    old:
      hosts: {gpu09: , both: }
      vars: {colour: old, cooling: air}
    gpu-servers:
      children:
        servers:
"""


def test_a_child_wins_over_its_parent_and_any_group_over_all(tmp_path: Path) -> None:
    found = data(read(tmp_path, FLEET), "gpu01")
    assert found == {"colour": "new", "site": "all", "owner": "servers", "cooling": "water"}


def test_the_host_wins_over_its_groups(tmp_path: Path) -> None:
    assert data(read(tmp_path, FLEET), "both")["colour"] == "host"


def test_of_two_groups_at_one_depth_the_later_in_the_alphabet_wins(tmp_path: Path) -> None:
    assert data(read(tmp_path, FLEET), "both")["cooling"] == "air"


def test_a_priority_decides_between_groups_at_one_depth(tmp_path: Path) -> None:
    text = FLEET.replace("vars: {colour: new,", "vars: {ansible_group_priority: 10, colour: new,")
    assert data(read(tmp_path, text), "both")["cooling"] == "water"


def test_a_deeper_group_wins_over_a_group_with_priority(tmp_path: Path) -> None:
    text = """
        outer: {vars: {colour: outer, ansible_group_priority: 99}, children: {inner: }}
        inner: {vars: {colour: inner}, hosts: {gpu01: }}
    """
    assert data(read(tmp_path, text), "gpu01")["colour"] == "inner"


def test_a_group_holds_the_hosts_of_the_groups_below_it(tmp_path: Path) -> None:
    hosts = read(tmp_path, FLEET)
    assert members(hosts, "gpu-servers") == members(hosts, "servers") == ["gpu01", "gpu02", "both", "gpu09"]


def test_a_host_in_no_group_is_ungrouped_and_has_the_data_of_all(tmp_path: Path) -> None:
    hosts = read(tmp_path, FLEET)
    assert members(hosts, "ungrouped") == ["lonely"]
    assert data(hosts, "lonely") == {"colour": "all", "site": "all"}


def test_a_host_named_below_ungrouped_and_in_a_group_is_grouped(tmp_path: Path) -> None:
    hosts = read(tmp_path, "{ungrouped: {hosts: {gpu01: , gpu02: }}, fleet: {hosts: {gpu01: }}}")
    assert members(hosts, "ungrouped") == ["gpu02"]


def test_what_several_places_say_of_one_host_is_put_together(tmp_path: Path) -> None:
    text = """
        fleet: {hosts: {gpu01: {rack: 1}}}
        spare: {hosts: {gpu01: {slot: 2}, "gpu[01:02]": {fan: 3}}}
    """
    assert data(read(tmp_path, text), "gpu01") == {"rack": 1, "slot": 2, "fan": 3}


def test_a_group_defined_several_times_is_one_group(tmp_path: Path) -> None:
    text = """
        outer: {children: {fleet: {hosts: {gpu01: }, vars: {a: 1}}}}
        fleet: {hosts: {gpu02: }, vars: {b: 2}}
    """
    hosts = read(tmp_path, text)
    assert members(hosts, "outer") == ["gpu01", "gpu02"]
    assert data(hosts, "gpu01") == data(hosts, "gpu02") == {"a": 1, "b": 2}


def test_a_lone_name_stands_for_a_host_or_a_child_without_more(tmp_path: Path) -> None:
    hosts = read(tmp_path, "{fleet: {hosts: gpu01}, outer: {children: fleet}}")
    assert members(hosts, "outer") == ["gpu01"]


def test_yaml_anchors_and_merges_work(tmp_path: Path) -> None:
    text = """
        fleet:
          hosts:
            gpu01: &first {rack: 1, slot: 1}
            gpu02: {<<: *first, slot: 2}
    """
    assert data(read(tmp_path, text), "gpu02") == {"rack": 1, "slot": 2}


def test_foreign_variables_pass_untouched(tmp_path: Path) -> None:
    text = """fleet: {hosts: {gpu01: {motd: "{{ company }}", limits: {nofile: 1024}, since: 2024-01-31}}}"""
    found = data(read(tmp_path, text), "gpu01")
    assert found["motd"] == "{{ company }}"
    assert found["limits"] == {"nofile": 1024}
    assert found["since"].isoformat() == "2024-01-31"


@pytest.mark.parametrize(
    "way", ["a: {children: {b: }}\nb: {children: {a: }}", "a: {children: {a: }}", "a: {children: {all: }}"]
)
def test_groups_that_hold_each_other_are_refused(tmp_path: Path, way: str) -> None:
    assert "in a circle: " in refusal(tmp_path, f"{way}\nc: {{hosts: {{gpu01: }}}}")


def test_a_priority_that_is_no_number_is_refused(tmp_path: Path) -> None:
    text = "fleet: {hosts: {gpu01: }, vars: {ansible_group_priority: high}}"
    assert (
        refusal(tmp_path, text) == "hosts.yml, line 1, group fleet: ansible_group_priority: 'high' is no whole number"
    )


@pytest.mark.parametrize("name", ["_hidden", "override_data"])
def test_a_group_that_pyinfra_would_lose_is_refused(tmp_path: Path, name: str) -> None:
    assert "rename" in refusal(tmp_path, f"{name}: {{hosts: {{gpu01: }}}}")


def test_the_example_inventory_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    example = Path(inventory.__file__).parents[2] / "hosts.example.yml"
    groups = inventory.groups(example, roles.SETTINGS)
    names = [name for name, _ in groups["all"][0]]
    assert names == [
        "@local",
        *(f"gpu0{number}.example.org" for number in range(1, 5)),
        "dgx",
        "innera",
        "innerb",
        "innerc",
    ]
    assert groups["wsl"][0] == ["@local"]
    assert set(groups["gpu_servers"][0]) == set(names) - {"@local"}


def test_a_fleet_of_a_thousand_hosts_is_read_at_once(tmp_path: Path) -> None:
    hosts = read(tmp_path, 'fleet: {hosts: {"gpu[0001:1000]": {ansible_user: admin}}}')
    assert len(members(hosts, "fleet")) == 1000
