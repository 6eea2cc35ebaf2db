"""One person's sudo password for many hosts."""

from __future__ import annotations

from collections.abc import Callable

import gevent

from gpufleet.facts.access import HiddenInput, SudoAnswer, SudoPassword
from gpufleet.passwords import TRIES, Passwords

Check = Callable[[str], SudoAnswer]


class Person:
    """Answers prompts in order, then says nothing more.

    Args:
        answers: what is typed; None is an empty line.
    """

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.prompts: list[str] = []

    def ask(self, prompt: str) -> str | None:
        """Type the next answer."""
        gevent.sleep(0)  # as at a real prompt, the other hosts' turn may come
        self.prompts.append(prompt)
        return self.answers.pop(0) if self.answers else None


def host_with(password: str) -> Check:
    return lambda given: SudoAnswer.RIGHT if given == password else SudoAnswer.WRONG


def test_one_answer_serves_all_hosts() -> None:
    person = Person("secret")
    passwords = Passwords(person.ask)
    hosts = [gevent.spawn(passwords.find, f"host {n}", host_with("secret")) for n in range(20)]
    gevent.joinall(hosts, raise_error=True)
    assert {host.value for host in hosts} == {(SudoAnswer.RIGHT, "secret")}
    assert len(person.prompts) == 1


def test_a_wrong_answer_is_asked_for_again() -> None:
    person = Person("typo", "secret")
    assert Passwords(person.ask).find("p", host_with("secret")) == (SudoAnswer.RIGHT, "secret")
    assert len(person.prompts) == 2


def test_three_wrong_answers_are_enough() -> None:
    person = Person("a", "b", "c", "secret")
    assert Passwords(person.ask).find("p", host_with("secret")) == (SudoAnswer.WRONG, None)
    assert len(person.prompts) == TRIES == 3


def test_a_host_with_another_password_is_asked_for_by_itself() -> None:
    person = Person("one", "two")
    passwords = Passwords(person.ask)
    assert passwords.find("first", host_with("one")) == (SudoAnswer.RIGHT, "one")
    assert passwords.find("second", host_with("two")) == (SudoAnswer.RIGHT, "two")
    assert person.prompts == ["first", "second"]


def test_whoever_gives_no_answer_is_not_asked_for_every_host() -> None:
    person = Person(None, "secret")
    passwords = Passwords(person.ask)
    assert passwords.find("first", host_with("secret")) == (SudoAnswer.WRONG, None)
    assert passwords.find("second", host_with("secret")) == (SudoAnswer.WRONG, None)
    assert person.prompts == ["first"]


def test_a_user_without_rights_is_not_asked_again() -> None:
    person = Person("secret", "secret")
    assert Passwords(person.ask).find("p", lambda _: SudoAnswer.DENIED) == (SudoAnswer.DENIED, None)
    assert len(person.prompts) == 1


def test_sudo_s_words_about_a_password() -> None:
    answer = SudoPassword().process
    assert answer(["right"]) is SudoAnswer.RIGHT
    assert answer(["[sudo] password for ops: ", "sudo: no password was provided"]) is SudoAnswer.WRONG
    assert answer(["[sudo] password for ops: ops is not in the sudoers file."]) is SudoAnswer.DENIED
    assert SudoPassword.default() is SudoAnswer.WRONG


def test_what_is_typed_does_not_show_where_pyinfra_prints_arguments() -> None:
    hidden = HiddenInput(["secret"])
    assert "secret" not in f"{hidden} {hidden!r}"
    assert list(hidden) == ["secret"]
