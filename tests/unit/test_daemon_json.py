"""Whose keys stand in daemon.json: what is declared is there, what was ours goes, what is the user's stays."""

from __future__ import annotations

import pytest

from gpufleet.dockerd.daemon_json import Plan, plan
from gpufleet.dockerd.json_paths import differences, without
from gpufleet.dockerd.json_text import JsonTextError, parse_object
from gpufleet.dockerd.json_tree import compact, render
from gpufleet.dockerd.key_memory import Memory, parse_memory, render_memory
from gpufleet.masking import LONGEST, shown

OURS = "docker_engine"
NOBODY: Memory = {}


def planned(text: str, declared: dict[str, object], memory: Memory = NOBODY, owner: str = OURS) -> Plan:
    return plan(parse_object(text.encode()), memory, owner, declared)


def owns(*paths: str, owner: str = OURS) -> Memory:
    return {owner: frozenset(tuple(path.split("/")) for path in paths)}


def test_declared_keys_are_merged_into_the_users_file() -> None:
    made = planned('{"log-opts": {"max-size": "9m"}, "debug": true}', {"log-opts": {"max-file": "3"}, "ipv6": False})
    assert compact(made.desired) == ('{"log-opts": {"max-size": "9m", "max-file": "3"}, "debug": true, "ipv6": false}')
    assert made.remembered == owns("log-opts/max-file", "ipv6")
    assert made.foreign == ["log-opts.max-size", "debug"]


def test_what_the_user_wrote_stays_as_written() -> None:
    text = (
        '{\n    "shutdown-timeout": 12345678901234567,\n    "x": 1.0e3,\n    "y": [\n        "<&>\\u00e9"\n    ]\n}\n'
    )
    assert render(planned(text, {}).desired) == text
    assert render(planned(text, {"debug": True}).desired).startswith(text.removesuffix("\n}\n"))


def test_equal_by_meaning_is_no_difference() -> None:
    made = planned('\ufeff {"b": 1.0e0, "a": {"y": 2, "x": "\\u0061"}}', {"a": {"x": "a", "y": 2}, "b": 1})
    assert not made.file_differs
    assert not made.memory_differs


def test_a_key_that_the_user_wrote_with_the_same_value_stays_the_users() -> None:
    made = planned('{"live-restore": true}', {"live-restore": True, "debug": True})
    assert made.remembered == owns("debug")
    later = plan(made.desired, made.remembered, OURS, {})
    assert compact(later.desired) == '{"live-restore": true}'


def test_a_key_declared_then_and_no_longer_is_removed() -> None:
    made = planned('{"debug": true, "mine": 1}', {}, owns("debug"))
    assert compact(made.desired) == '{"mine": 1}'
    assert made.remembered == {}


def test_only_the_members_that_were_ours_leave_an_object() -> None:
    made = planned('{"runtimes": {"own": {"path": "a"}, "kata": {"path": "b"}}}', {}, owns("runtimes/kata/path"))
    assert compact(made.desired) == '{"runtimes": {"own": {"path": "a"}}}'


def test_an_object_that_removal_leaves_empty_goes() -> None:
    made = planned('{"runtimes": {"kata": {"path": "b"}}, "features": {}}', {}, owns("runtimes/kata/path"))
    assert compact(made.desired) == '{"features": {}}'


def test_an_empty_object_of_the_users_stays() -> None:
    made = planned('{"runtimes": {}}', {}, owns("runtimes/kata/path"))
    assert not made.file_differs
    assert made.memory_differs


def test_an_array_belongs_to_one_hand_as_a_whole() -> None:
    made = planned('{"labels": ["user=1"]}', {"labels": ["ours=1"]})
    assert compact(made.desired) == '{"labels": ["ours=1"]}'
    assert compact(plan(made.desired, made.remembered, OURS, {}).desired) == "{}"


def test_a_declared_empty_object_is_held_by_any_object() -> None:
    assert not planned('{"features": {"cdi": true}}', {"features": {}}).file_differs
    made = planned("{}", {"features": {}})
    assert compact(made.desired) == '{"features": {}}'
    filled = parse_object(b'{"features": {"cdi": true}}')
    assert compact(plan(filled, made.remembered, OURS, {}).desired) == '{"features": {"cdi": true}}'


def test_a_declared_value_takes_the_place_of_another_kind() -> None:
    assert compact(planned('{"features": null}', {"features": {"cdi": True}}).desired) == '{"features": {"cdi": true}}'
    assert compact(planned('{"dns": {"a": 1}}', {"dns": ["1.1.1.1"]}).desired) == '{"dns": ["1.1.1.1"]}'


def test_declaring_again_what_is_there_changes_nothing() -> None:
    declared: dict[str, object] = {"live-restore": True, "log-opts": {"max-size": "10m"}, "labels": []}
    first = planned('{"mine": null}', declared)
    second = plan(parse_object(render(first.desired).encode()), first.remembered, OURS, declared)
    assert not second.file_differs
    assert not second.memory_differs


def test_each_owner_has_its_own_keys() -> None:
    first = planned("{}", {"live-restore": True})
    second = plan(first.desired, first.remembered, "toolkit", {"runtimes": {"nvidia": {"path": "n"}}})
    assert second.remembered == {**owns("live-restore"), **owns("runtimes/nvidia/path", owner="toolkit")}
    third = plan(second.desired, second.remembered, OURS, {})
    assert compact(third.desired) == '{"runtimes": {"nvidia": {"path": "n"}}}'


@pytest.mark.parametrize("declared", [{"a": {"b": 2}}, {"a": 1}, {"a": {"b": {"c": 1}}}])
def test_two_owners_cannot_declare_different_values(declared: dict[str, object]) -> None:
    made = planned('{"a": {"b": 1}}', declared, owns("a/b", owner="toolkit"))
    assert made.taken == {("a", "b"): "toolkit"}
    assert planned('{"a": {"b": 1}}', {"a": {"b": 1}}, owns("a/b", owner="toolkit")).taken == {}


@pytest.mark.parametrize("value", [1, 2])
def test_one_whose_word_goes_first_takes_over_what_it_declares_and_nothing_else(value: int) -> None:
    memory = {**owns("a/b", "a/c", owner="toolkit"), **owns("d", owner="other")}
    current = parse_object(b'{"a": {"b": 1, "c": 1}, "d": 1}')
    made = plan(current, memory, OURS, {"a": {"b": value}}, outranks=True)
    assert made.taken == {}
    assert compact(made.desired) == f'{{"a": {{"b": {value}, "c": 1}}, "d": 1}}'
    assert made.remembered == {**owns("a/b"), **owns("a/c", owner="toolkit"), **owns("d", owner="other")}
    assert not plan(made.desired, made.remembered, OURS, {"a": {"b": value}}, outranks=True).memory_differs
    let_go = plan(made.desired, made.remembered, "toolkit", {"a": {"c": 1}})
    assert not let_go.file_differs
    assert let_go.taken == {}


def test_a_runtime_that_is_declared_by_type_loses_the_path_that_another_owner_gave_it() -> None:
    memory = owns("runtimes/nvidia/path", "runtimes/other/path", owner="toolkit")
    current = parse_object(b'{"runtimes": {"nvidia": {"path": "n"}, "other": {"path": "o"}}}')
    by_type = {"runtimes": {"nvidia": {"runtimeType": "t"}}}
    made = plan(current, memory, OURS, by_type, outranks=True)
    assert compact(made.desired) == '{"runtimes": {"other": {"path": "o"}, "nvidia": {"runtimeType": "t"}}}'
    assert made.remembered == {**owns("runtimes/nvidia/runtimeType"), **owns("runtimes/other/path", owner="toolkit")}


def test_while_the_file_is_replaced_both_memories_are_kept() -> None:
    made = planned('{"old": 1}', {"new": 1}, owns("old"))
    assert made.until_written == owns("old", "new")
    assert made.remembered == owns("new")
    # killed before the rename, or behind it: the next run comes to the same
    for stands in (made.current, made.desired):
        again = plan(stands, made.until_written, OURS, {"new": 1})
        assert compact(again.desired) == '{"new": 1}'
        assert again.remembered == made.remembered


def test_memory_survives_its_file() -> None:
    memory: Memory = {**owns("a", "b/c.d", "é"), **owns("x", owner="toolkit")}
    assert parse_memory(render_memory(memory).encode()) == memory
    assert parse_memory(None) == {}


@pytest.mark.parametrize("text", ["[]", "{", '{"o": 1}', '{"o": ["a"]}', '{"o": [[]]}', '{"o": [["a", 1]]}'])
def test_a_broken_memory_is_told(text: str) -> None:
    with pytest.raises(JsonTextError):
        parse_memory(text.encode())


def test_removal_of_what_is_not_there_changes_nothing() -> None:
    tree = parse_object(b'{"a": {"b": 1}, "c": 2}')
    assert without(tree, [("a", "x"), ("c", "x"), ("y",), ("a", "b", "z")]) == tree


def test_differences_are_named_where_they_are() -> None:
    old = parse_object(b'{"a": {"x": 1, "y": 2}, "b": 1, "same": [1]}')
    new = parse_object(b'{"a": {"x": 1, "y": 3}, "c": {"z": 1}, "same": [1]}')
    found = [(path, shown(one), shown(two)) for path, one, two in differences(old, new)]
    assert found == [(("a", "y"), "2", "3"), (("b",), "1", "nothing"), (("c",), "nothing", '{"z": 1}')]


def test_secrets_are_not_shown() -> None:
    tree = parse_object(
        b'{"proxies": {"http-proxy": "http://me:hunter2@proxy:3128"}, "log-opts": {"splunk-token": "s3cret"},'
        b' "mirrors": ["https://u:p@m/"], "user": "ann@example"}'
    )
    text = shown(tree)
    assert "hunter2" not in text
    assert "s3cret" not in text
    assert "u:p" not in text
    assert "http://***@proxy:3128" in text
    assert "ann@example" in text
    assert shown(parse_object(b'{"x": "s3cret"}')["x"], "splunk-token") == '"***"'


def test_long_values_are_cut() -> None:
    assert len(shown(parse_object(b'{"x": "' + b"y" * 5000 + b'"}'))) < LONGEST + 30
