"""Files that are offered in somebody's folder: ours until they are edited."""

from __future__ import annotations

import json

import pytest

from gpufleet.facts.folders import PathState
from gpufleet.offered import offered, state
from gpufleet.operations.offered import obstacle
from roles.sandbox.editor import INTERPRETER, vscode_files
from roles.sandbox.wanted import wanted
from tests.unit.hosts import BARE

TEXT = '{\n    "a": 1\n}\n'


@pytest.mark.parametrize(
    ("found", "became"),
    [
        (None, "absent"),
        (offered(TEXT), "as declared"),
        (offered(TEXT).replace("\n", "\r\n"), "as declared"),
        (offered('{"a": 0}\n'), "outdated"),
        (offered(TEXT).replace("1", "2"), "edited"),
        (offered(TEXT) + "\n", "edited"),
        (TEXT, "edited"),
        ("", "edited"),
        (offered(TEXT).splitlines(keepends=True)[0], "edited"),
        ("// gpufleet 0123456789abcdef: mine\n" + TEXT, "edited"),
    ],
)
def test_a_file_is_ours_until_somebody_edits_it(found: str | None, became: str) -> None:
    assert state(None if found is None else found.encode(), TEXT) == became


def test_bytes_that_are_no_text_are_somebodys_own() -> None:
    assert state(b"\xff\xfe\x00", TEXT) == "edited"


def test_the_first_line_is_a_comment_and_the_rest_as_declared() -> None:
    first, rest = offered(TEXT).split("\n", 1)
    assert first.startswith("// ")
    assert rest == TEXT


def test_settings_name_the_interpreter_of_the_declared_image_only() -> None:
    ours, others = (json.loads(vscode_files(own_image=own)[".vscode/settings.json"]) for own in (False, True))
    assert ours[INTERPRETER] == "/opt/venv/bin/python"
    assert INTERPRETER not in others
    assert {**others, INTERPRETER: ours[INTERPRETER]} == ours


def test_a_workspace_offers_files_on_request_only() -> None:
    def files(**fields: object) -> list[str]:
        return list(wanted("py", {"sandbox_containers": {"py": fields}}, "x:1", BARE.access).offered)

    assert files() == []
    assert files(vscode=True) == [".vscode/extensions.json", ".vscode/settings.json"]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (None, None),
        (PathState("directory", 1000, 1000, "755", direct=True), None),
        (PathState("directory", 0, 0, "755", direct=True), "user 1000 cannot write to /w/.vscode, which is user 0's"),
        (PathState("regular file", 1000, 1000, "644", direct=True), "/w/.vscode is a regular file"),
        (PathState("symbolic link", 1000, 1000, "777", direct=False), "/w/.vscode is a symbolic link"),
    ],
)
def test_nothing_is_offered_where_its_user_could_not_make_it(found: PathState | None, why: str | None) -> None:
    assert obstacle("/w/.vscode", found, 1000, 1000) == why
