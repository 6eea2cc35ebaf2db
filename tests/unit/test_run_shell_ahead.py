"""Shells that are opened before they are needed: used once each, and never instead of what was asked for."""

from __future__ import annotations

import gevent
import pytest

from gpufleet.run.shell_ahead import SHELLS, ShellAhead

COMMAND = "sh -c sh"


class Connection:
    """Numbers what it is asked to run; of the first ones some fail."""

    def __init__(self, failing: int = 0) -> None:
        self.asked: list[tuple[str, bool]] = []
        self._failing = failing

    def session(self, command: str, *, get_pty: bool = False) -> str:
        """Run it, or fail."""
        self.asked.append((command, get_pty))
        if len(self.asked) <= self._failing:
            raise OSError("no more sessions")
        return f"session {len(self.asked)}"


def opened(connection: Connection) -> ShellAhead:
    ahead = ShellAhead(connection.session, COMMAND)
    gevent.sleep(0)
    return ahead


def test_a_shell_that_is_asked_for_is_the_one_that_was_opened_and_serves_once() -> None:
    connection = Connection()
    ahead = opened(connection)
    assert connection.asked == [(COMMAND, False)]
    assert [ahead(COMMAND), ahead(COMMAND), ahead(COMMAND)] == ["session 1", "session 2", "session 3"]


def test_no_more_are_opened_than_a_host_that_is_as_declared_needs() -> None:
    connection = Connection()
    ahead = opened(connection)
    for _ in range(SHELLS):
        ahead(COMMAND)
    gevent.sleep(0)
    assert len(connection.asked) == SHELLS


@pytest.mark.parametrize(("command", "get_pty"), [("sudo -H sh -c sh", False), (COMMAND, True)])
def test_another_command_gets_a_session_of_its_own(command: str, get_pty: bool) -> None:
    connection = Connection()
    ahead = opened(connection)
    assert ahead(command, get_pty=get_pty) == "session 2"
    assert connection.asked[-1] == (command, get_pty)
    assert ahead(COMMAND) == "session 1"


def test_where_the_server_opens_none_ahead_it_is_asked_again_when_one_is_needed() -> None:
    connection = Connection(failing=1)
    ahead = opened(connection)
    assert ahead(COMMAND).startswith("session")


def test_what_still_fails_then_is_told_to_whoever_asks() -> None:
    ahead = opened(Connection(failing=9))
    with pytest.raises(OSError, match="no more sessions"):
        ahead(COMMAND)
