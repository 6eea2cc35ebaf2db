"""`gpufleet bench`: which sandbox, the exit code, and both forms of the report."""

from __future__ import annotations

import json
from typing import Any

import fastjsonschema
import pytest

from gpufleet.bench import document, shown
from gpufleet.bench.model import BenchReport, HostBench
from gpufleet.bench.sandboxes import Choice, NoSandboxError, chosen, sandboxes
from tests.unit.bench_cases import answer, report
from tests.unit.report_cases import HOSTILE

MEASURED = HostBench(name="gpu1", sandbox="box", answer=answer())
WRONG = HostBench(name="gpu2", sandbox="box", others=("cpu", "old"), answer=answer("wrong", "3 of 9"))
SIMULATED = HostBench(name="gpu3", sandbox="box", answer=answer("simulated"))
UNREACHED = HostBench(name="gpu4", why="connection refused: gpu4, port 22", way_out="does sshd run there?")
REPORTS = [
    (report(MEASURED), 0),
    (report(WRONG), 2),
    (report(SIMULATED), 4),
    (report(UNREACHED), 4),
    (report(MEASURED, WRONG, UNREACHED), 6),
    (report(MEASURED, signal=2), 130),
    (report(), 1),
]
VALIDATE = fastjsonschema.compile(json.loads(document.SCHEMA.read_text(encoding="utf-8")))


def container(name: str, *, gpu: bool = True, status: str = "running", image: str = "cuda_image") -> dict[str, Any]:
    """What `docker container inspect` says of a sandbox."""
    labels = {"gpufleet.sandbox": name.removesuffix(".previous"), "gpufleet.image": image}
    requests = (
        [{"Driver": "cdi", "Count": 0, "DeviceIDs": ["nvidia.com/gpu=all"], "Capabilities": None}] if gpu else None
    )
    return {
        "Id": name,
        "Name": f"/{name}",
        "Image": "sha256:1",
        "Created": "2026-11-22T12:00:00Z",
        "State": {
            "Status": status,
            "Running": status == "running",
            "Error": "",
            "StartedAt": "2026-11-22T12:00:00Z",
            "FinishedAt": "0001-01-01T00:00:00Z",
        },
        "Config": {
            "Image": "i",
            "Labels": labels,
            "Env": ["TOKEN=x"],
            "User": "",
            "Tty": True,
            "Entrypoint": None,
            "Cmd": None,
        },
        "HostConfig": {
            "Runtime": "runc",
            "DeviceRequests": requests,
            "Devices": [],
            "ShmSize": 1,
            "RestartPolicy": {"Name": "no"},
            "PortBindings": {},
            "Init": True,
        },
        "Mounts": [],
        "ExecIDs": None,
    }


def choice(wanted: str | None, *containers: dict[str, Any]) -> Choice:
    return chosen(sandboxes(json.dumps(containers)), wanted)


def test_a_sandbox_that_asks_for_a_gpu_and_holds_numba_is_chosen() -> None:
    there = [container("a", gpu=False), container("b", image="other"), container("d"), container("c")]
    assert choice(None, *there) == Choice("c", ("d", "b", "a"))


def test_the_named_sandbox_is_taken() -> None:
    assert choice("a", container("a", gpu=False), container("b")) == Choice("a", ("b",))


def test_while_those_with_a_gpu_are_stopped_none_without_is_measured_in_their_place() -> None:
    there = [container("notebook", gpu=False), container("python_sandbox", status="exited")]
    said = r"no sandbox that asks for a GPU runs; there is python_sandbox \(exited\), notebook \(running\)"
    with pytest.raises(NoSandboxError, match=said):
        choice(None, *there)
    assert choice("notebook", *there) == Choice("notebook", ())
    assert choice(None, *there, container("second")) == Choice("second", ("notebook",))


def test_where_no_sandbox_asks_for_a_gpu_the_first_that_runs_is_taken() -> None:
    assert choice(None, container("b", gpu=False), container("a", gpu=False, status="exited")) == Choice("b", ())


def test_what_is_left_of_a_swap_is_no_sandbox_to_measure_in() -> None:
    assert choice(None, container("a.previous"), container("b")) == Choice("b", ())


@pytest.mark.parametrize(
    ("wanted", "there", "said"),
    [
        (None, [], "no sandbox runs; there is none"),
        (None, [container("a", status="exited")], r"no sandbox runs; there is a \(exited\)"),
        ("a", [container("a", status="paused"), container("b")], r"no sandbox a runs; there is a \(paused\), b"),
        ("x", [container("a")], r"no sandbox x runs; there is a \(running\)"),
    ],
)
def test_where_none_runs_the_states_of_all_are_told(wanted: str | None, there: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(NoSandboxError, match=said):
        choice(wanted, *there)


@pytest.mark.parametrize("said", ["", "[{}]", '["a"]', "Cannot connect to the Docker daemon"])
def test_what_is_no_list_of_containers_is_told_so(said: str) -> None:
    with pytest.raises(NoSandboxError, match="not understood"):
        sandboxes(said)


@pytest.mark.parametrize(("made", "code"), REPORTS)
def test_the_exit_code_is_that_of_all_hosts(made: BenchReport, code: int) -> None:
    assert made.exit_code == code


@pytest.mark.parametrize(("made", "code"), REPORTS)
def test_every_report_fits_the_schema(made: BenchReport, code: int) -> None:
    found = json.loads(document.text(made))
    VALIDATE(found)
    assert found["exit_code"] == code
    assert [host["name"] for host in found["hosts"]] == [host.name for host in made.hosts]


@pytest.mark.parametrize("spoilt", [{"more": 1}, {"schema_version": "2.0"}, {"started": "today"}, {"hosts": [{}]}])
def test_the_schema_refuses_what_is_not_in_it(spoilt: dict[str, object]) -> None:
    with pytest.raises(fastjsonschema.JsonSchemaException):
        VALIDATE({**document.document(report(MEASURED)), **spoilt})


def test_each_host_is_shown_with_its_sandbox() -> None:
    made = shown.text(report(MEASURED, WRONG, UNREACHED)).splitlines()
    assert made[0] == "gpufleet bench: 3 hosts of inventory.py, 2026-11-22 12:00 UTC, 9.0 s"
    assert "gpu1, sandbox box" in made
    assert "gpu2, sandbox box (--sandbox for cpu, old)" in made
    assert made[-3:] == [
        "gpu4",
        "  could not be measured: connection refused: gpu4, port 22",
        "    -> does sshd run there?",
    ]


def test_nothing_hostile_reaches_the_terminal_and_every_line_fits() -> None:
    host = HostBench(
        name=HOSTILE, sandbox=HOSTILE, others=(HOSTILE,), why=HOSTILE, way_out=HOSTILE, answer=answer(name=HOSTILE)
    )
    made = shown.text(report(host))
    assert "\x1b" not in made
    assert max(len(line) for line in made.splitlines()) <= 100


def test_no_secret_is_shown_or_written() -> None:
    secret = "https://user:s3cr@t@mirror/x"  # noqa: S105 - made up
    host = HostBench(name="a", sandbox="box", answer=answer("failed", secret))
    assert "s3cr" not in shown.text(report(host))
    assert "s3cr" not in document.text(report(host))
