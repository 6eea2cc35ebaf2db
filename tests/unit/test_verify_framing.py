"""What is read out of the lines that come back from a host."""

import base64

import pytest

from gpufleet.verify.framing import START, Answer, NoAnswerError, answer


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_code_and_both_streams_come_out_as_they_went_in() -> None:
    assert answer([START, encoded(b"out\n\n3")], [START, encoded(b"err")]) == Answer(3, b"out\n", b"err")


def test_a_command_without_output_has_none() -> None:
    assert answer([START, encoded(b"\n0")], [START]) == Answer(0, b"", b"")


def test_what_the_way_to_the_host_prints_is_left_out() -> None:
    greeting = ["Welcome to gpu1", f"no newline at the end{START}", encoded(b"x\n0")]
    warning = ["sudo: unable to resolve host gpu1", START, encoded(b"")]
    assert answer(greeting, warning) == Answer(0, b"x", b"")


@pytest.mark.parametrize(
    ("stdout", "stderr", "heard"),
    [
        ([], ["sudo: a password is required"], "a password is required"),
        ([], [], "^$"),
        ([START], [START], "^$"),
        ([START, encoded(b"out\n3")[:-1]], [START], None),
        ([START, encoded(b"no code")], [START], None),
        ([START, encoded(b"out\n0")], [], None),
    ],
)
def test_a_missing_or_cut_answer_is_no_answer(stdout: list[str], stderr: list[str], heard: str | None) -> None:
    with pytest.raises(NoAnswerError, match=heard):
        answer(stdout, stderr)
