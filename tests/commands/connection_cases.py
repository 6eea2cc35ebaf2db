"""Commands on this very machine, through pyinfra's `@local` connector and testinfra.

test_verify_connection.py runs this file in a process of its own.
"""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import testinfra

from gpufleet.inventory import InventoryError
from gpufleet.run.connect import Fleet, load
from gpufleet.run.selection import NothingMatchedError
from gpufleet.verify.backend import PyinfraBackend
from gpufleet.verify.connection import CommandTimeoutError, Connection, HostLostError
from gpufleet.verify.reach import reach

SECONDS = 30


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return load("@local,127.0.0.1", checkout=tmp_path)


@pytest.fixture
def connection(fleet: Fleet) -> Connection:
    return Connection(fleet.hosts["@local"], {}, SECONDS)


@pytest.fixture
def local(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[testinfra.host.Host]:
    monkeypatch.setattr(PyinfraBackend, "connections", {"@local": connection})
    yield testinfra.get_host("pyinfra://@local")
    testinfra.host.Host._host_cache.clear()  # noqa: SLF001 - the next test has another connection


@pytest.mark.parametrize(
    ("command", "code", "stdout", "stderr"),
    [
        ("echo out; echo err >&2", 0, b"out\n", b"err\n"),
        ("printf 'no newline'", 0, b"no newline", b""),
        ("printf '\\n\\n'", 0, b"\n\n", b""),
        ("printf 'one\\ntwo\\r\\n'", 0, b"one\ntwo\r\n", b""),
        ("printf 'x\\377\\000y'", 0, b"x\xff\x00y", b""),
        ("exit 3", 3, b"", b""),
        ("echo half; exit 255", 255, b"half\n", b""),
        ("false", 1, b"", b""),
        ("exec echo replaced", 0, b"replaced\n", b""),
        ("cat <<EOF\nhere $((6 * 7))\nEOF", 0, b"here 42\n", b""),
        ("cat", 0, b"", b""),
        ("# only a comment", 0, b"", b""),
        ("echo 'quo\"ted' \"it's\" '$HOME'", 0, b"quo\"ted it's $HOME\n", b""),
        ("echo grüße", 0, "grüße\n".encode(), b""),
        ("(exit 124)", 124, b"", b""),
    ],
)
def test_a_command_gives_its_exact_result(
    connection: Connection, command: str, code: int, stdout: bytes, stderr: bytes
) -> None:
    answer = connection.run(command)
    assert (answer.code, answer.stdout, answer.stderr) == (code, stdout, stderr)


def test_a_command_that_the_shell_cannot_read_fails_by_itself(connection: Connection) -> None:
    answer = connection.run("echo 'unbalanced")
    assert answer.code == 2
    assert b"nterminated quoted string" in answer.stderr


def test_a_killed_command_has_the_signal_in_its_code(connection: Connection) -> None:
    assert connection.run("kill -9 $$").code == 137


def test_large_output_arrives_whole(connection: Connection) -> None:
    answer = connection.run("yes 0123456789abcde | head -c 8000000; yes error | head -c 3000000 >&2")
    assert hashlib.sha256(answer.stdout).digest() == hashlib.sha256(b"0123456789abcde\n" * 500_000).digest()
    assert answer.stderr == b"error\n" * 500_000


def test_a_command_cannot_write_into_the_frames(connection: Connection) -> None:
    assert connection.run("echo stray >&3; echo stray >&4; echo mine").stdout == b"mine\n"


def test_a_command_that_takes_too_long_is_ended_on_the_host(fleet: Fleet, tmp_path: Path) -> None:
    connection = Connection(fleet.hosts["@local"], {}, seconds=2)
    with pytest.raises(CommandTimeoutError, match="ended after 2 s: sleep"):
        connection.run(f"sleep 3; touch {tmp_path}/too-late")
    assert connection.run("echo still here").stdout == b"still here\n"
    time.sleep(1.5)
    assert not list(tmp_path.glob("too-late"))


def test_a_host_without_a_usable_shell_is_lost_and_not_asked_again(fleet: Fleet) -> None:
    connection = Connection(fleet.hosts["@local"], {"_sudo": True, "_sudo_user": "nobody-of-that-name"}, SECONDS)
    with pytest.raises(HostLostError, match=r"no usable answer: .*sudo"):
        connection.run("true")
    connection.escalation.clear()
    with pytest.raises(HostLostError, match=r"no usable answer: .*sudo"):
        connection.run("true")


def test_testinfra_works_on_top(local: testinfra.host.Host, tmp_path: Path) -> None:
    (tmp_path / "it's a file").write_bytes(b"\xc3\xa4\n\n")
    file = local.file(str(tmp_path / "it's a file"))
    assert (file.exists, file.size, file.content, file.content_string) == (True, 4, b"\xc3\xa4\n\n", "ä\n\n")
    assert not local.file(str(tmp_path / "none")).exists
    assert local.run("printf %s; exit 7", "a b'c").rc == 7
    assert local.run("printf %s", "a b'c").stdout == "a b'c"
    assert local.package("bash").is_installed
    assert local.user("root").uid == 0


def test_a_host_that_refuses_the_connection_is_named_with_the_reason(fleet: Fleet) -> None:
    fleet.state.inventory.host_data["127.0.0.1"]["ssh_port"] = 1
    connections, unreachable = reach(fleet, fleet.hosts, SECONDS)
    assert list(connections) == ["@local"]
    assert list(unreachable) == ["127.0.0.1"]
    assert "Could not connect" in unreachable["127.0.0.1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "there is no host in it"),
        ("1 / 0", "inventory.py: ZeroDivisionError: division by zero"),
        ("hosts: [", "invalid syntax|never closed"),
        ("raise SystemExit('hosts.yml, line 3: no')", "^hosts.yml, line 3: no"),
        ("\nraise SystemExit(3)", r"inventory.py, line 2: it ended the run by itself, with SystemExit\(3\)"),
        ("import sys; sys.exit()", r"inventory.py, line 1: it ended the run by itself, with SystemExit\(None\)"),
        (
            'a = ["b", ("c", {"ssh_port": "abc"})]',
            "inventory.py: host c: ssh_port is 'abc', not a whole number; correct",
        ),
        ('a = [("b", {"ssh_key_password": 5})]', r"inventory.py: host b: ssh_key_password is \(hidden\), not a text;"),
    ],
)
def test_an_unusable_inventory_is_an_error(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "inventory.py").write_text(content)
    with pytest.raises(SystemExit, match=message):
        load(str(tmp_path / "inventory.py"), checkout=tmp_path)


def test_connection_data_of_a_file_of_group_data_is_named_with_it(tmp_path: Path) -> None:
    (tmp_path / "inventory.py").write_text('gpus = ["b"]')
    (tmp_path / "group_data").mkdir()
    (tmp_path / "group_data" / "gpus.py").write_text("ssh_allow_agent = 'yes'")
    with pytest.raises(
        InventoryError, match=r"group_data/gpus.py: host b: ssh_allow_agent is 'yes', not True or False"
    ):
        load(str(tmp_path / "inventory.py"), checkout=tmp_path)


def test_a_declared_group_without_hosts_is_known_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "inventory.py").write_text('gpus = ["b"]\nidle = []')
    with pytest.raises(NothingMatchedError, match="--limit idle: no host is in that group"):
        load(str(tmp_path / "inventory.py"), checkout=tmp_path, limits=["idle"])


def test_an_inventory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match="no such file"):
        load(str(tmp_path / "hosts"), checkout=tmp_path)
    with pytest.raises(InventoryError, match="no such host"):
        load("no-such-host.invalid", checkout=tmp_path)
