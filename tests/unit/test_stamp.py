"""The stamp: equal when the same was declared, whatever else moved."""

from __future__ import annotations

from datetime import date
from io import BytesIO, StringIO
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any

import pytest

from gpufleet.run.declared import item_id, item_ids
from gpufleet.stamp import Stamp, fingerprint, limited, of_newer_format, parse, render
from roles.docker_engine.settings import DockerEngineSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STAMP = Stamp({"docker-engine.install": "12ab"}, "0.1.0", "4f2c91e", "2026-11-22T03:00:00+00:00")


def test_a_stamp_survives_its_file() -> None:
    found = parse(render(STAMP))
    assert found == STAMP
    assert found
    assert (found.revision, found.changed_at) == (STAMP.revision, STAMP.changed_at)


def test_revision_and_time_alone_make_no_other_stamp() -> None:
    assert Stamp(STAMP.items, "0.1.0", "another", "later") == STAMP


def test_another_declaration_or_version_makes_another_stamp() -> None:
    assert Stamp({"docker-engine.install": "34cd"}, "0.1.0") != STAMP
    assert Stamp(STAMP.items, "0.2.0") != STAMP


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"format": 2}', b'{"format": 1, "foreign": 1}', b"\xff"]
)
def test_a_damaged_or_foreign_stamp_is_none(content: bytes) -> None:
    assert parse(content) is None


@pytest.mark.parametrize(
    "content",
    [
        b'{"format": 1, "items": null, "version": "x", "revision": null, "changed_at": null}',
        b'{"format": 1, "items": [], "version": "x", "revision": null, "changed_at": null}',
        b'{"format": 1, "items": {"a": 1}, "version": "x", "revision": null, "changed_at": null}',
        b'{"format": 1, "items": {}, "version": 1, "revision": null, "changed_at": null}',
        b'{"format": 1, "items": {}, "version": "x", "revision": 1, "changed_at": null}',
        b'{"format": 1, "items": {}, "version": "x", "revision": null, "changed_at": 1}',
        b'{"format": 1, "items": null, "version": "x"}',
        b"[" * 100_000,
    ],
)
def test_a_stamp_of_other_types_is_damaged(content: bytes) -> None:
    assert parse(content) is None
    assert not of_newer_format(content)


def test_a_stamp_of_a_newer_format_is_told_from_a_damaged_one() -> None:
    assert of_newer_format(b'{"format": 2, "all": "else"}')
    assert not of_newer_format(b'{"format": "2"}')


def test_the_hash_of_a_declaration_ignores_order_and_callables_and_sees_everything_else() -> None:
    declared = {"b": [1, b"x"], "a": DockerEngineSettings()}
    same = {"a": DockerEngineSettings(), "b": [1, b"x"], "needed": print}
    assert fingerprint(declared) == fingerprint(same)
    assert fingerprint(declared) != fingerprint({**declared, "b": [1, b"y"]})
    assert fingerprint(declared) != fingerprint({**declared, "a": DockerEngineSettings(users=["ana"])})


class Odd:
    """An object of which only the type can be told."""


@pytest.mark.parametrize("make", [StringIO, lambda text: BytesIO(text.encode())])
def test_the_hash_sees_what_a_file_in_memory_holds_and_not_where_it_lies(make: Callable[[str], IO[Any]]) -> None:
    read = make("onward")
    read.read(3)
    assert fingerprint([make("onward")]) == fingerprint([read])
    assert fingerprint([make("onward")]) != fingerprint([make("upward")])
    assert read.read() in {"ard", b"ard"}


@pytest.mark.parametrize("mode", ["r", "rb"])
def test_the_hash_sees_what_an_open_file_holds_and_leaves_its_position(tmp_path: Path, mode: str) -> None:
    (tmp_path / "one").write_text("onward")
    (tmp_path / "other").write_text("upward")
    with (tmp_path / "one").open(mode) as one, (tmp_path / "one").open(mode) as same, (tmp_path / "other").open() as no:
        one.read(3)
        assert fingerprint(one) == fingerprint(same) != fingerprint(no)
        assert one.read() in {"ard", b"ard"}
    assert fingerprint(one) == fingerprint(same), "closed files are no more than their type"


def test_the_hash_of_other_objects_is_the_same_in_every_process() -> None:
    assert fingerprint([Odd()]) == fingerprint([Odd()])
    assert fingerprint(PurePath("/a")) == fingerprint("/a") != fingerprint(PurePath("/b"))
    assert fingerprint(date(2026, 1, 2)) != fingerprint(date(2026, 1, 3))


def test_an_id_is_made_of_deploy_and_name() -> None:
    assert item_id("Docker Engine | Install Docker's packages") == "docker-engine.install-docker-s-packages"


def test_operations_of_one_name_get_ids_of_their_own_whatever_follows() -> None:
    names = ["Motd | A line", "Motd | A line", "Motd | A line 2", "Motd | A line", "Other"]
    ids = ["motd.a-line", "motd.a-line-2", "motd.a-line-2-2", "motd.a-line-3", "other"]
    assert item_ids(names) == ids
    assert all(item_ids(names[:number]) == ids[:number] for number in range(len(names)))
    assert len(set(item_ids(["Line"] * 20_000))) == 20_000


def test_a_name_without_ascii_letters_has_an_id_of_its_own() -> None:
    first, second = item_ids(["Motd | 安装", "Motd | 卸载"])
    assert first != second
    assert first.startswith("motd.operation-")
    assert item_id("安装")


def test_a_run_of_some_roles_leaves_what_is_remembered_of_the_others() -> None:
    known = Stamp({"docker-engine.install": "old", "docker-engine.gone": "old", "sandbox.run": "old"}, "0.1.0")
    items = {"docker-engine.install": "new", "sandbox.run": "new"}
    expected = {"docker-engine.install": "new", "sandbox.run": "old"}
    assert limited(items, known, ["docker_engine"]) == expected
    assert limited(items, None, ["docker_engine"]) == {"docker-engine.install": "new"}
