"""GPUs that a running sandbox sees, or has lost."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from gpufleet.containers.gpus import Inside, inside, trouble
from gpufleet.containers.model import GpuRequest
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.gpus_inside import GpusInside
from gpufleet.facts.scripts import script
from gpufleet.platform.report import ReportError

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = "GPU-11111111-2222", "GPU-33333333-4444"
BOTH = (f"GPU 0: NVIDIA H100 80GB HBM3 (UUID: {ONE})", f"GPU 1: NVIDIA H100 80GB HBM3 (UUID: {TWO})")
LOST = Inside(255, ("Failed to initialize NVML: Unknown Error",))


def wrong(seen: Inside, *devices: str) -> str | None:
    """What is wrong in a container that asks for these on a host with two GPUs."""
    return trouble([GpuRequest("runtime", devices)], seen, [ONE, TWO])


@pytest.mark.parametrize("devices", [("all",), ("0", "1"), ("GPU-1111", TWO), ("nvidia.com/gpu=all",)])
def test_gpus_that_are_seen_as_asked_for_are_in_order(devices: tuple[str, ...]) -> None:
    assert wrong(Inside(0, BOTH), *devices) is None


def test_nvmls_own_words_are_reported() -> None:
    assert wrong(LOST, "all") == "nvidia-smi says: Failed to initialize NVML: Unknown Error"


@pytest.mark.parametrize(
    ("devices", "lines", "said"),
    [
        (("all",), BOTH[:1], f"without {TWO}"),
        (("1",), BOTH[:1], f"without {TWO}"),
        (("GPU-3333",), BOTH[:1], f"without {TWO}"),
        (("2",), BOTH, "without GPU 2"),
        (("all",), ("No devices found.",), f"without {ONE}, {TWO}"),
        (("MIG-1",), (), "no GPU"),
    ],
)
def test_fewer_than_asked_for_are_named(devices: tuple[str, ...], lines: tuple[str, ...], said: str) -> None:
    assert wrong(Inside(0, lines), *devices) == said


@pytest.mark.parametrize("devices", [("0:1",), ("MIG-5c9",), ("example.com/net=0",)])
def test_parts_of_a_gpu_are_not_counted(devices: tuple[str, ...]) -> None:
    assert wrong(Inside(0, BOTH[:1]), *devices) is None


@pytest.mark.parametrize("code", [124, 137])
def test_no_answer_is_trouble(code: int) -> None:
    assert wrong(Inside(code), "all") == "nvidia-smi gives no answer inside"


@pytest.mark.parametrize(
    "said",
    [
        'OCI runtime exec failed: exec failed: unable to start: exec: "nvidia-smi": executable file not found in $PATH',
        "Error response from daemon: container 1 is not running",
        "Error response from daemon: Container 1 is restarting, wait until the container is running",
        "Error response from daemon: No such container: py",
    ],
)
def test_where_it_cannot_be_asked_nothing_is_said(said: str) -> None:
    assert wrong(Inside(1, (said,)), "all") is None


def test_one_that_was_made_without_gpus_lacks_none() -> None:
    assert trouble([], LOST, [ONE]) is None


def test_a_report_that_was_cut_off_is_not_believed() -> None:
    with pytest.raises(ReportError):
        inside(["seen=py|0|GPU 0"])
    with pytest.raises(ReportError):
        inside(["seen=py|none|GPU 0", "end=yes"])


def ask(folder: Path, does: str, *, runs: bool = True, ping: str = "echo OK") -> dict[str, Inside] | Unreadable:
    """What is read of two containers where `docker exec` does this."""
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\nshift 2\n{does}\n")
    program.chmod(0o755)
    found = f"dockerd_pid() {{ {'echo 1' if runs else ':'}; }}\ndockerd_paused() {{ :; }}\ndocker_api() {{ {ping}; }}\n"
    text = f"seconds=1 gpu_seconds=1\n{found}{script('ask.sh')}{script('gpus_inside.sh')}"
    done = subprocess.run(
        ["sh", "-c", text, "sh", "py", "box"],
        env={"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return GpusInside().process(done.stdout.splitlines())


def test_each_is_asked_and_every_look_marks_itself(tmp_path: Path) -> None:
    found = ask(tmp_path, f"echo '{BOTH[0]}'; echo \"$*\"")
    look = "exec --workdir / --env GPUFLEET_PROBE=yes {} nvidia-smi -L"
    assert found == {name: Inside(0, (BOTH[0], look.format(name))) for name in ("py", "box")}


def test_what_died_before_it_began_inside_is_asked_once_more(tmp_path: Path) -> None:
    died = "OCI runtime exec failed: waiting for init preliminary setup: read init-p: connection reset by peer: unknown"
    once = f"mkdir '{tmp_path}'/$6 2>/dev/null && {{ echo '{died}'; exit 126; }}"
    assert ask(tmp_path, f"{once}\necho '{BOTH[0]}'") == dict.fromkeys(("py", "box"), Inside(0, (BOTH[0],)))
    for_good = ask(tmp_path, f"echo '{died}'; exit 126")
    assert for_good == dict.fromkeys(("py", "box"), Inside(126, (died,)))


def test_a_daemon_that_hangs_does_not_take_nvidia_smis_time(tmp_path: Path) -> None:
    silent = Unreadable("dockerd gives no answer within 1 s")
    assert ask(tmp_path, "echo no", ping="return 124") == silent


def test_a_driver_that_hangs_inside_has_a_time_limit(tmp_path: Path) -> None:
    assert ask(tmp_path, "exec sleep 9") == {"py": Inside(124), "box": Inside(124)}


def test_a_daemon_that_does_not_run_is_not_asked(tmp_path: Path) -> None:
    assert ask(tmp_path, "echo no", runs=False) == Unreadable("dockerd does not run", stopped=True)
