"""An SSH agent that is lent on this machine for as long as a process runs."""

from __future__ import annotations

import socket
import stat
import subprocess
import time
from pathlib import Path
from threading import Thread

import pytest

from gpufleet.daily import agent
from gpufleet.daily.errors import DailyError

SECONDS = 10


@pytest.fixture
def own_agent(tmp_path: Path) -> str:
    """Something that answers as an agent does, once a connection: with what it was told, backwards."""
    path = str(tmp_path / "agent")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen()

    def answer() -> None:
        while True:
            connection, _ = listening.accept()
            connection.sendall(connection.recv(1 << 20)[::-1])

    Thread(target=answer, daemon=True).start()
    return path


def test_it_is_lent_to_its_owner_alone_and_taken_back_with_the_process(tmp_path: Path, own_agent: str) -> None:
    lent = agent.Lent.to(own_agent, str(tmp_path), "1f", here=True)
    with subprocess.Popen(["sleep", "60"]) as shell:
        agent.lend(lent, shell.pid)
        assert stat.S_IMODE(Path(lent.on_host).stat().st_mode) == 0o600
        for words in (b"sign this", b"and that"):
            with socket.socket(socket.AF_UNIX) as asking:
                asking.settimeout(SECONDS)
                asking.connect(lent.on_host)
                asking.sendall(words)
                assert asking.recv(1 << 20) == words[::-1]
        shell.terminate()
    deadline = time.monotonic() + SECONDS
    while Path(lent.on_host).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_where_no_socket_can_be_made_the_reason_is_told(tmp_path: Path, own_agent: str) -> None:
    lent = agent.Lent.to(own_agent, str(tmp_path / "not there"), "1f", here=True)
    with pytest.raises(DailyError, match="No such file or directory"):
        agent.lend(lent, 1)


def test_on_another_host_sshd_makes_the_socket_over_a_connection_of_its_own(own_agent: str) -> None:
    lent = agent.Lent.to(own_agent, "/home/ops/py/", "1f", here=False)
    assert (lent.on_host, lent.inside) == ("/home/ops/py/.ssh-agent-1f", "/app/.ssh-agent-1f")
    assert lent.options[-2:] == ("-R", f"/home/ops/py/.ssh-agent-1f:{own_agent}")
    assert "ControlPath=none" in lent.options


def test_a_path_that_no_socket_can_have_is_refused() -> None:
    with pytest.raises(DailyError, match="too long for a socket"):
        agent.Lent.to("/run/agent", f"/{'x' * 100}", "1f", here=False)


def test_who_has_no_agent_is_told_how_to_get_one(tmp_path: Path, own_agent: str) -> None:
    assert agent.own({"SSH_AUTH_SOCK": own_agent}) == own_agent
    with pytest.raises(DailyError, match=r"SSH_AUTH_SOCK is not set.*ssh-add"):
        agent.own({})
    with pytest.raises(DailyError, match="names no socket"):
        agent.own({"SSH_AUTH_SOCK": str(tmp_path)})
