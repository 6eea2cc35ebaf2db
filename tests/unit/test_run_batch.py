"""One script for many questions: what a real shell makes of it, and what is read back."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from gpufleet.run import batch
from gpufleet.run.batch import Answer, Question, answers, script

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NONCE = "4f2c91e0"
OTHER_USER = (("_sudo", True),)


def asked(*texts: str, shells: dict[tuple[tuple[str, object], ...], str] | None = None) -> dict[int, Answer]:
    """What a shell answers to these commands; with `shells` the last one is asked with other rights."""
    questions = [Question(f"sh -c '{text}'") for text in texts]
    if shells:
        questions[-1] = Question(questions[-1].text, OTHER_USER)
    text = script(questions, {(): "", **(shells or {})}, NONCE)
    done = subprocess.run(["sh"], input=text, capture_output=True, text=True, check=True, errors="replace")
    assert done.stderr == ""
    return answers(done.stdout.splitlines(), NONCE)


def test_every_question_gets_its_own_answer_and_exit_code() -> None:
    assert asked("echo a; echo b", "exit 7", "printf c") == {
        0: Answer(0, ("a", "b")),
        1: Answer(7, ()),
        2: Answer(0, ("c",)),
    }


def test_an_empty_answer_and_one_that_ends_without_a_newline_are_told_apart() -> None:
    assert [each.lines for each in asked("true", "printf x", "echo", 'printf "x\\n\\n"').values()] == [
        (),
        ("x",),
        ("",),
        ("x", ""),
    ]


def test_questions_run_at_the_same_time(tmp_path: Path) -> None:
    met = f'until [ "$(ls {tmp_path} | wc -l)" -eq 8 ]; do sleep 0.05; done'
    found = asked(*[f"touch {tmp_path}/{number}; {met}" for number in range(8)])
    assert {answer.code for answer in found.values()} == {0}, "each waits until all of them have begun"
    assert len(found) == 8


def test_long_answers_do_not_get_into_each_other() -> None:
    found = asked(*[f"yes {number} | head -n 60000" for number in range(5)])
    assert [set(found[number].lines) for number in range(5)] == [{str(number)} for number in range(5)]
    assert {len(each.lines) for each in found.values()} == {60000}


def test_no_question_can_eat_the_script_or_speak_for_another() -> None:
    assert asked("cat", f"echo {NONCE[::-1]} 0 9", "cat >&2; exit 3", "echo z >&2") == {
        0: Answer(0, ()),
        1: Answer(0, (f"{NONCE[::-1]} 0 9",)),
        2: Answer(3, ()),
        3: Answer(0, ()),
    }


def test_a_question_that_hangs_ends_and_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "SECONDS", 1)
    found = asked("sleep 60", "echo here")
    assert found[0].code in batch.TIMED_OUT
    assert found[1] == Answer(0, ("here",))


def test_rights_are_taken_up_once_for_all_that_need_them() -> None:
    found = asked("echo me $x", "echo root $x", shells={OTHER_USER: "env x=1 sh"})
    assert [each.lines for each in found.values()] == [("me",), ("root 1",)]


def test_a_group_whose_rights_are_refused_has_no_answers_and_the_others_have() -> None:
    text = script(
        [Question("echo me"), Question("echo root", OTHER_USER)], {(): "", OTHER_USER: "sh -c 'exit 1'"}, NONCE
    )
    done = subprocess.run(["sh"], input=text, capture_output=True, text=True, check=False)
    assert answers(done.stdout.splitlines(), NONCE) == {0: Answer(0, ("me",))}


def test_a_greeting_of_the_login_shell_is_no_answer_and_one_that_was_cut_off_is_none() -> None:
    text = "echo Welcome; " + script([Question("echo a"), Question("echo b")], {(): ""}, NONCE)
    done = subprocess.run(["sh"], input=text, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert answers(lines, NONCE) == {0: Answer(0, ("a",)), 1: Answer(0, ("b",))}
    assert answers(lines[:-1], NONCE) == {0: Answer(0, ("a",))}
