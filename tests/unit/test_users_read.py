"""The users of a host: in a group, not there, or not to be read because a directory does not answer."""

from __future__ import annotations

import getpass
import subprocess
from typing import TYPE_CHECKING

import pytest

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.users import UserGroups
from gpufleet.operations.users import members, unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from gpufleet.facts.users import Groups

FAILING = "#!/bin/sh\nexit 1\n"


def asked(user: str) -> Groups:
    command = UserGroups().command(user=user).get_raw_value()
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    return UserGroups().process(done.stdout.splitlines())


def test_a_user_who_is_there_has_groups() -> None:
    groups = asked(getpass.getuser())
    assert isinstance(groups, frozenset)
    assert groups


@pytest.mark.parametrize("user", ["nobody-of-that-name", "it's", "-x"])
def test_a_user_who_is_not_there_has_none(user: str) -> None:
    assert asked(user) is None


def test_a_directory_that_does_not_answer_is_not_the_same_as_no_such_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage cannot be had in a test without root: a program in perl's place says what perl said in one."""
    for name, text in {"id": FAILING, "perl": "#!/bin/sh\necho 'unreadable: Connection refused'\n"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert asked("ana") == Unreadable("Connection refused")


def test_of_several_users_the_first_who_could_not_be_read_is_told_and_none_of_them_is_a_member() -> None:
    down = Unreadable("Connection refused")
    groups: dict[str, Groups] = {
        "ana": frozenset({"docker"}),
        "bob": down,
        "cleo": None,
        "dan": frozenset({"users"}),
        "eve": down,
    }
    assert unreadable(groups) == ("bob", down)
    assert unreadable({"ana": frozenset({"docker"}), "cleo": None}) is None
    assert members(groups, "docker") == ["ana"]


def test_a_host_without_perl_still_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "id").write_text(FAILING)
    (tmp_path / "id").chmod(0o755)
    (tmp_path / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert asked("ana") is None
