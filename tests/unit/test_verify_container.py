"""What is read out of `docker inspect` and out of a program's answer."""

from typing import Any

import pytest

from gpufleet.verify.container import not_running
from gpufleet.verify.program import ProgramError, answer

RUNS = {"Status": "running", "Running": True, "Paused": False, "Restarting": False, "ExitCode": 0, "Error": ""}


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({}, None),
        ({"Status": "paused", "Paused": True}, "does not run (paused)"),
        ({"Status": "restarting", "Restarting": True, "ExitCode": 1}, "does not run (restarting)"),
        ({"Status": "created", "Running": False}, "does not run (created)"),
        (
            {"Status": "exited", "Running": False, "ExitCode": 137, "FinishedAt": "2026-11-22T05:00:00Z"},
            "does not run (exited with 137 at 2026-11-22T05:00:00Z)",
        ),
        (
            {"Status": "exited", "Running": False, "ExitCode": 128, "FinishedAt": "then", "Error": "no such device"},
            "does not run (exited with 128 at then, no such device)",
        ),
    ],
)
def test_only_in_a_running_container_can_something_be_run(state: dict[str, Any], reason: str | None) -> None:
    assert not_running(RUNS | state) == reason


def test_an_answer_is_one_json_object() -> None:
    assert answer(1, '{\n  "ok": false\n}\n', "a warning") == {"ok": False}


@pytest.mark.parametrize(("stdout", "said"), [("", "killed"), ("[]", r"\[\]"), ("Traceback\n", "Traceback\nkilled")])
def test_anything_else_is_no_answer_and_is_quoted(stdout: str, said: str) -> None:
    with pytest.raises(ProgramError, match=f"no answer, exit code 137: {said}"):
        answer(137, stdout, "killed")
