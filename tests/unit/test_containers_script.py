"""The script that reads containers, with a dockerd that answers, is silent, or knows of nothing."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from gpufleet.containers.reading import containers
from gpufleet.containers.state import Containers
from gpufleet.containers.use import uses
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.scripts import script

if TYPE_CHECKING:
    from collections.abc import Iterator

Answers: TypeAlias = dict[str, tuple[int, str]]
"""Status and body, by path; other paths are not found."""
ID, OTHER = "c1" * 32, "c2" * 32
ODD = 'a"b<é😀\t&\\ x'
RAW: dict[str, object] = {
    "Id": ID,
    "Created": "2026-01-01T00:00:00.123456789Z",
    "Path": "sh",
    "Args": ["-c", "hunter2"],
    "State": {"Status": "exited", "Pid": 0, "StartedAt": "2026-01-01T00:00:00Z", "FinishedAt": "0001-01-01T00:00:00Z"},
    "Image": "sha256:1",
    "Name": "/py",
    "ExecIDs": None,
    "HostConfig": {"Runtime": "nvidia", "CapAdd": []},
    "Mounts": [],
    "Config": {
        "Env": [f"TOKEN={ODD}", "NVIDIA_VISIBLE_DEVICES=all", "A=hunter2", "B=", "M=one\n TOKEN=hunter2"],
        "Cmd": ["sh"],
        "Image": "x",
        "Labels": {"odd": '"}]{,"Id":"x'},
        "Entrypoint": None,
        "Tty": True,
    },
}
LIST, ONE, IMAGE = "/containers/json?all=1", f"/containers/{ID}/json", "/images/x:1/json"
SILENT = 0
"""The status of an answer that does not come."""


def dump(value: object) -> str:
    """As Go writes JSON: on one line, without blanks, these three escaped."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026") + "\n"


def answers(raw: dict[str, object] = RAW) -> Answers:
    listed = [
        {"Id": ID, "Names": ["/py", "/other/alias"], "Command": "hunter2", "Labels": {}},
        {"Id": OTHER, "Names": ["/quiet"], "Labels": {"gpufleet.sandbox": ""}},
    ]
    image = {"Id": "sha256:1", "Config": {"User": "app", "Env": ["A=hunter2"], "Labels": None}, "Size": 1}
    return {LIST: (200, dump(listed)), ONE: (200, dump(raw)), IMAGE: (200, dump(image))}


@pytest.fixture
def folder() -> Iterator[Path]:
    """One with a short name, for a socket."""
    path = Path(tempfile.mkdtemp())
    yield path
    shutil.rmtree(path)


def serve(listener: socket.socket, known: Answers) -> None:
    """Answer each connection with what is known of its path, until the listener is shut."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            path = connection.recv(4096).decode().split()[1]
            status, body = known.get(path, (404, '{"message":"No such thing"}\n'))
            if status == SILENT:
                time.sleep(2)
            else:
                connection.sendall(f"HTTP/1.0 {status} X\r\nContent-Type: application/json\r\n\r\n{body}".encode())


def read(folder: Path, known: Answers | None, *, desktop: bool = False) -> Containers | Unreadable:
    """What is read where dockerd answers this; None: nobody listens."""
    place = folder / "socket"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(place))
    if known is not None:
        listener.listen()
        threading.Thread(target=serve, args=(listener, known), daemon=True).start()
    seconds = 1 if any(status == SILENT for status, _ in (known or {}).values()) else 20
    given = f"seconds={seconds} names='py absent' references='x:1 y:2' variables='TOKEN B'\n"
    functions = "dockerd_pid() { echo 1; }\ndockerd_paused() { :; }\ndocker() { :; }\n"
    daemon = "daemon() { echo desktop; }\n" if desktop else ""
    text = f"program={shlex.quote(script('containers.pl'))}\n{script('ask.sh')}{daemon}{script('containers.sh')}"
    text = text.replace("/run/docker.sock", str(place)).replace("/proc/$pid", f"{folder}/proc/$pid")
    done = subprocess.run(["sh", "-c", given + functions + text], capture_output=True, text=True, check=True)
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    assert "hunter2" not in done.stdout
    assert ODD not in done.stdout
    return containers(done.stdout.splitlines())


def digest(name: str, value: str) -> str:
    return hashlib.sha256(f"{name}={value}".encode()).hexdigest()


def test_a_container_its_variables_and_its_image_are_read(folder: Path) -> None:
    found = read(folder, answers())
    assert isinstance(found, Containers)
    assert list(found.containers) == ["py"]
    one = found.containers["py"]
    assert one.container.gpus[0].devices == ("all",)
    assert one.digests == {"TOKEN": digest("TOKEN", ODD), "B": digest("B", "")}
    assert one.labels == {"odd": '"}]{,"Id":"x'}
    assert one.created_at == datetime(2026, 1, 1, 0, 0, 0, 123456, UTC).timestamp()
    assert one.finished_at is None
    assert {name: (image.id, image.user) for name, image in found.images.items()} == {"x:1": ("sha256:1", "app")}


def test_sandboxes_of_ours_are_read_whatever_their_name(folder: Path) -> None:
    listed = [{"Id": ID, "Names": ["/quiet"], "Labels": {"gpufleet.sandbox": "quiet"}}]
    found = read(folder, {**answers(), LIST: (200, dump(listed))})
    assert isinstance(found, Containers)
    assert list(found.containers) == ["py"], "as it is called when it is looked at"


@pytest.mark.parametrize("path", [LIST, ONE, IMAGE])
@pytest.mark.parametrize(
    ("status", "body"), [(SILENT, ""), (500, '{"message":"context deadline exceeded"}\n'), (200, "[{"), (200, "")]
)
def test_a_question_without_an_answer_is_never_taken_for_absence(
    folder: Path, path: str, status: int, body: str
) -> None:
    found = read(folder, {**answers(), path: (status, body)})
    assert isinstance(found, Unreadable)
    assert ("does not answer" if status else "within 1 s") in found.why


def test_a_daemon_to_which_nobody_can_connect_is_not_without_containers(folder: Path) -> None:
    assert read(folder, None) == Unreadable("dockerd does not answer")


def test_what_the_daemon_does_not_know_is_absent(folder: Path) -> None:
    no_reference = (400, '{"message":"invalid reference format"}\n')
    found = read(folder, {LIST: answers()[LIST], IMAGE: no_reference})
    assert isinstance(found, Containers)
    assert (found.containers, found.images) == ({}, {})


@pytest.mark.parametrize(
    ("outside", "deleted"),
    [
        ("same", frozenset()),
        ("made anew", frozenset({"/my app"})),
        ("moved away", frozenset()),
        ("a link to it", frozenset()),
        ("not mounted by this name", frozenset()),
    ],
)
def test_a_folder_that_was_moved_away_and_made_anew_is_another_than_the_one_inside(
    folder: Path, outside: str, deleted: frozenset[str]
) -> None:
    """The folder inside is stood for by a link to the one that was mounted."""
    source, elsewhere, process = folder / "py", folder / "elsewhere", folder / "proc" / "77"
    source.mkdir()
    (process / "root").mkdir(parents=True)
    if outside in {"made anew", "moved away", "a link to it"}:
        source.rename(elsewhere)
    (process / "root" / "my app").symlink_to(elsewhere if elsewhere.exists() else source)
    if outside in {"made anew", "not mounted by this name"}:
        source.mkdir(exist_ok=True)
    if outside == "a link to it":
        source.symlink_to(elsewhere)
    place = "/other" if outside == "not mounted by this name" else "/my\\040app"
    (process / "mountinfo").write_text(f"1 0 8:1 / / rw - overlay o rw\n2 1 8:1 /py {place} rw - ext4 /dev/sda rw\n")
    if outside == "not mounted by this name":
        (process / "root" / "my app").unlink()
        (process / "root" / "my app").symlink_to("/")
    mount = {"Type": "bind", "Source": str(source), "Destination": "/my app", "RW": True}
    state = {"Status": "running", "Pid": 77, "StartedAt": "2026-01-01T00:00:00Z"}
    found = read(folder, answers({**RAW, "State": state, "Mounts": [mount]}))
    assert isinstance(found, Containers)
    assert found.containers["py"].deleted == deleted


def top(*rows: tuple[int, int, str]) -> str:
    """What dockerd says of a container's processes: numbers, parents, commands."""
    titles = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
    processes = [["root", str(pid), str(parent), "0", "10:00", "?", "00:00", command] for pid, parent, command in rows]
    return dump({"Titles": titles, "Processes": processes})


IDLE = [(700, 650, "/sbin/docker-init -- sleep infinity"), (720, 700, "sleep infinity")]


@pytest.mark.parametrize(
    ("others", "used"),
    [
        ([], []),
        ([(750, 650, "nvidia-smi -L")], []),
        ([(750, 650, "bash"), (751, 750, "python train.py")], ["processes: bash, python"]),
        ([(720, 700, "/usr/bin/python3 serve.py")], ["a GPU in use by python3"]),
    ],
)
def test_processes_of_docker_desktop_s_containers_are_told_by_its_daemon(
    folder: Path, others: list[tuple[int, int, str]], used: list[str]
) -> None:
    state = {"Status": "running", "Pid": 700, "StartedAt": "2026-01-01T00:00:00Z", "FinishedAt": ""}
    config = {**RAW["HostConfig"], "Init": True}  # type: ignore[dict-item]
    raw = {**RAW, "State": state, "HostConfig": config}
    rows = [IDLE[0], *others] if others and others[0][0] == 720 else [*IDLE, *others]
    asked = {**answers(raw), f"/containers/{ID}/top": (200, top(*rows))}
    found = read(folder, asked, desktop=True)
    assert isinstance(found, Containers)
    assert uses(found.containers["py"], found.processes[ID]) == used


def test_a_container_of_docker_desktop_s_whose_processes_are_not_told_is_in_use(folder: Path) -> None:
    state = {"Status": "running", "Pid": 700, "StartedAt": "2026-01-01T00:00:00Z", "FinishedAt": ""}
    found = read(folder, answers({**RAW, "State": state}), desktop=True)
    assert isinstance(found, Containers)
    assert uses(found.containers["py"], found.processes.get(ID, ())) == ["processes that cannot be seen"]
