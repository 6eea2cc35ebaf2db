"""Containers as they are declared, made, and read from hosts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gpufleet.containers.compare import gaps
from gpufleet.containers.declaration import create_arguments, declaration_hash, environment_lines
from gpufleet.containers.inspected import Image
from gpufleet.containers.liberties import liberties
from gpufleet.containers.model import Container, Environment, GpuRequest, Mount, Port, parse_size, shown_size
from gpufleet.containers.reading import containers
from gpufleet.containers.state import Containers
from gpufleet.containers.use import Process, uses
from gpufleet.facts.answer import Unreadable
from gpufleet.platform.report import ReportError
from gpufleet.stamp import fingerprint
from tests.unit.container_cases import DOCKER26, IMAGE, INIT, OTHER_IMAGE, SHELL, SLEEP, WANTED, as_made, recorded


@pytest.mark.parametrize(
    ("text", "size"), [("16g", 16 << 30), ("512m", 512 << 20), ("1GiB", 1 << 30), ("64 MB", 64 << 20), ("4096", 4096)]
)
def test_sizes_are_read_as_docker_reads_them(text: str, size: int) -> None:
    assert parse_size(text) == size
    assert parse_size(shown_size(size)) == size


@pytest.mark.parametrize("text", ["lots", "16gg", "-1g", "0", "", "1.5x"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a size"):
        parse_size(text)


def test_a_container_as_it_was_made_differs_in_nothing() -> None:
    assert gaps(WANTED, as_made(), IMAGE) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mounts": (Mount("/app", "/elsewhere"),)}, "mounts /elsewhere:/app instead of /home/ana/py:/app"),
        ({"mounts": (Mount("/app", "/home/ana/py", writable=False),)}, "mounts /home/ana/py:/app:ro instead of"),
        ({"mounts": (*WANTED.mounts, Mount("/x", "/x"))}, "mounts /home/ana/py:/app; /x:/x instead of"),
        ({"shm_bytes": 64 << 20}, "shm size 64m instead of 16g"),
        ({"gpus": ()}, "GPUs none instead of all by runtime (compute, utility)"),
        ({"gpus": (GpuRequest("cdi", ("all",)),)}, "GPUs all by cdi instead of"),
        ({"gpus": (*WANTED.gpus, GpuRequest("gpus", ("all",)))}, "; all by gpus instead of"),
        ({"user": "0"}, "user 0 instead of app"),
        ({"ports": (Port(8888, 8888, "127.0.0.1"),)}, "ports 127.0.0.1:8888:8888/tcp instead of 8888:8888/tcp"),
        ({"restart": "no"}, "restart policy no instead of unless-stopped"),
        ({"command": ("1000",)}, "command sleep 1000 instead of sleep infinity"),
        ({"init": False}, "init no instead of yes"),
        ({"tty": False}, "terminal no instead of yes"),
    ],
)
def test_a_container_made_anew_by_hand_is_seen_with_or_without_our_labels(change: dict[str, Any], words: str) -> None:
    found = as_made()
    found = replace(found, container=replace(found.container, **change))
    for labels in (found.labels, {}):
        (gap,) = gaps(WANTED, replace(found, labels=labels), IMAGE)
        assert words in str(gap)


def test_docker_desktop_s_own_name_for_a_folder_is_no_other_folder() -> None:
    alias = "/run/desktop/mnt/host/wsl/docker-desktop-bind-mounts/Ubuntu/5e1a"
    made = as_made()
    shown = replace(made.container, mounts=(Mount("/app", alias),))
    assert gaps(WANTED, replace(made, container=shown), IMAGE) == []
    elsewhere = replace(WANTED, mounts=(Mount("/app", "/home/ana/other"),))
    assert [gap.what for gap in gaps(elsewhere, replace(made, container=shown), IMAGE)] == ["declaration"]
    by_hand = replace(made, container=shown, labels={})
    assert [gap.what for gap in gaps(WANTED, by_hand, IMAGE)] == ["mounts"]


def test_another_image_behind_the_same_reference_is_seen() -> None:
    (gap,) = gaps(WANTED, as_made(), OTHER_IMAGE)
    assert str(gap) == "image example/cuda:1 (aaa) instead of example/cuda:1 (bbb)"


def test_an_image_that_is_gone_is_compared_by_its_name() -> None:
    assert gaps(WANTED, as_made(), None) == []
    assert [gap.what for gap in gaps(replace(WANTED, image="other"), as_made(), None)] == ["image"]


def test_a_variable_is_compared_and_its_value_never_shown() -> None:
    other = replace(WANTED, environment=Environment({"TOKEN": "another"}))
    found = gaps(other, as_made(), IMAGE)
    assert str(found[0]) == "variable TOKEN another value instead of the declared value"
    shown = f"{other} {other!r} {other.environment} {found}"
    assert "another'" not in shown
    assert "hunter2" not in f"{WANTED} {WANTED!r}"


def test_a_variable_that_is_no_longer_declared_is_seen_by_the_declaration() -> None:
    assert [gap.what for gap in gaps(replace(WANTED, environment=Environment()), as_made(), IMAGE)] == ["declaration"]


def test_the_stamp_tells_two_declarations_apart_by_a_secret_alone() -> None:
    other = replace(WANTED, environment=Environment({"TOKEN": "another"}))
    assert fingerprint(WANTED) != fingerprint(other)
    assert declaration_hash(WANTED) != declaration_hash(other)


def test_docker_create_is_told_everything_but_the_variables() -> None:
    arguments = create_arguments("py", replace(WANTED, mounts=(Mount("/a,b", '/with "x",y', writable=False),)))
    assert arguments[-4:] == ["--entrypoint", "sleep", "example/cuda:1", "infinity"]
    assert '"source=/with ""x"",y"' in arguments[arguments.index("--mount") + 1]
    assert arguments[arguments.index("--runtime") + 1] == "nvidia"
    assert "hunter2" not in " ".join(arguments)
    assert environment_lines(WANTED) == [
        "NVIDIA_DRIVER_CAPABILITIES=compute,utility",
        "NVIDIA_VISIBLE_DEVICES=all",
        "TOKEN=hunter2",
    ]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (GpuRequest("cdi", ("0", "GPU-1")), ["--device=nvidia.com/gpu=0", "--device=nvidia.com/gpu=GPU-1"]),
        (GpuRequest("cdi", ("example.com/net=0",)), ["--device=example.com/net=0"]),
        (GpuRequest("gpus", ("all",), ("compute",)), ["--gpus", "all,capabilities=compute"]),
        (
            GpuRequest("gpus", ("0", "1"), ("compute", "utility")),
            ["--gpus", '"device=0,1","capabilities=compute,utility"'],
        ),
    ],
)
def test_exactly_one_way_is_used_whatever_the_default_runtime(request_: GpuRequest, words: list[str]) -> None:
    wanted = replace(WANTED, gpus=(request_,))
    arguments = create_arguments("py", wanted)
    assert arguments[arguments.index("--runtime") + 1] == "runc"
    assert [word for word in arguments if word in words] == words
    assert environment_lines(wanted) == ["TOKEN=hunter2"]


def test_what_docker_26_shows_is_read_as_it_was_made() -> None:
    found = recorded().containers
    assert found["rt"].container == Container(
        image="debian:trixie-slim",
        mounts=(Mount("/app", "/home/ops/rt"),),
        shm_bytes=128 << 20,
        gpus=(GpuRequest("runtime", ("all",), ("compute", "utility")),),
        user="",
        restart="unless-stopped",
        entrypoint=("sleep",),
        command=("infinity",),
        init=True,
        tty=True,
    )
    assert (found["rt"].sandbox, found["rt"].status, found["rt"].started) == ("rt", "running", True)
    assert found["cdi"].container.gpus == (GpuRequest("cdi", ("1",)),)
    assert found["one"].container.gpus == (GpuRequest("runtime", ("0",), ("compute", "utility")),)


def test_a_container_made_by_hand_with_two_requests_shows_both() -> None:
    found = recorded().containers["byhand"]
    assert found.sandbox is None
    assert not found.started
    assert list(map(str, found.container.gpus)) == [
        "all by gpus (compute, utility)",
        "0, 1 by runtime (compute, utility)",
    ]
    assert list(map(str, found.container.ports)) == ["127.0.0.1:53:53/udp", "8888:8888/tcp"]


def test_volumes_with_a_name_are_mounts_and_nameless_ones_are_not() -> None:
    assert recorded().containers["gpus"].container.mounts == (Mount("/vol", "vol"),)


def test_only_images_that_are_there_are_read() -> None:
    assert list(recorded().images) == ["debian:trixie-slim"]


def test_the_report_of_a_host_holds_no_value_of_a_variable() -> None:
    assert "TOKEN=x" not in DOCKER26.read_text(encoding="utf-8")
    assert set(recorded().containers["byhand"].digests) == {"PATH", "TOKEN"}


def test_a_daemon_that_does_not_answer_is_told_from_one_without_containers() -> None:
    assert containers(["stopped=dockerd does not run", "end=yes"]) == Unreadable("dockerd does not run", stopped=True)
    assert containers(["trouble=dockerd does not answer", "end=yes"]) == Unreadable("dockerd does not answer")
    empty = containers(["no_docker=yes", "end=yes"])
    assert not isinstance(empty, Unreadable)
    assert not empty.containers


def test_what_is_mounted_and_was_removed_from_the_host_is_seen() -> None:
    lines = DOCKER26.read_text(encoding="utf-8").splitlines()
    member = next(line for line in lines if line.startswith("member=")).removeprefix("member=")
    pid, container = member.split("|")
    found = containers([*lines, f"deleted={pid}|/my\\040data", f"deleted={pid}|/app"])
    assert isinstance(found, Containers)
    (one,) = (each for each in found.containers.values() if each.id == container)
    assert one.deleted == {"/my data", "/app"}


def test_a_report_that_was_cut_off_is_not_believed() -> None:
    with pytest.raises(ReportError):
        containers(DOCKER26.read_text(encoding="utf-8").splitlines()[:-1])


def test_init_and_its_first_child_are_the_container_itself() -> None:
    assert uses(as_made(), (INIT, SLEEP)) == []


@pytest.mark.parametrize(
    ("execs", "processes", "words"),
    [
        (1, (INIT, SLEEP, SHELL), ["a session of docker exec", "processes: bash"]),
        (0, (INIT, SLEEP, SHELL), ["processes: bash"]),
        (0, (INIT, SLEEP, replace(SHELL, parent=100)), ["processes: bash"]),
        (0, (INIT, replace(SLEEP, gpu=True)), ["a GPU in use by sleep"]),
        (2, (INIT, SLEEP, SHELL, replace(SHELL, pid=9)), ["2 sessions of docker exec", "processes: bash"]),
    ],
    ids=["exec", "process", "left in the background", "GPU", "several"],
)
def test_whatever_else_goes_on_is_use(execs: int, processes: tuple[Process, ...], words: list[str]) -> None:
    assert uses(as_made(execs=execs), processes) == words


@pytest.mark.parametrize(
    ("execs", "others"),
    [
        (1, ()),
        (1, (replace(SHELL, name="runc:[2:INIT]"),)),
        (1, (replace(SHELL, name="nvidia-smi", gpu=True, probe=True),)),
        (2, (replace(SHELL, name="nvidia-smi", probe=True), replace(SHELL, pid=9, name="runc:[1:CHILD]"))),
        (0, (replace(SHELL, name="nvidia-smi", probe=True),)),
    ],
    ids=["not there yet", "beginning", "looking", "two checks at once", "left behind"],
)
def test_our_own_look_at_the_gpus_inside_is_no_use_at_any_moment(execs: int, others: tuple[Process, ...]) -> None:
    assert uses(as_made(execs=execs), (INIT, SLEEP, *others)) == []


def test_a_session_beside_our_own_look_is_use() -> None:
    probe = replace(SHELL, pid=9, name="nvidia-smi", probe=True)
    assert uses(as_made(execs=2), (INIT, SLEEP, SHELL, probe)) == ["a session of docker exec", "processes: bash"]


def test_without_init_only_the_first_process_is_the_container_itself() -> None:
    found = as_made(replace(WANTED, init=False))
    assert uses(found, (INIT, SLEEP)) == ["processes: sleep"]
    assert uses(found, (INIT,)) == []


def test_the_recorded_host_shows_who_uses_what() -> None:
    state = recorded()
    used = {name: uses(found, state.processes.get(found.id, ())) for name, found in state.containers.items()}
    assert used["rt"] == ["a session of docker exec", "processes: sleep"]
    assert used["cdi"] == []


def test_root_is_who_an_image_without_a_user_runs_as() -> None:
    wanted = replace(WANTED, environment=Environment())
    found = as_made(wanted)
    found = replace(found, container=replace(found.container, user=""))
    assert gaps(wanted, found, Image(id=IMAGE.id)) == []


def test_what_is_made_from_an_image_of_a_sandbox_is_not_ours() -> None:
    assert as_made().ours
    assert as_made(name="py.previous").ours
    assert not as_made(name="quiet_turing").ours
    assert not as_made(labels={}).ours


def test_a_running_container_of_which_no_process_is_seen_is_not_taken_for_idle() -> None:
    assert uses(as_made(), ()) == ["processes that cannot be seen"]
    assert uses(as_made(status="paused"), (SHELL,)) == ["processes that cannot be seen"]
    assert uses(as_made(status="exited"), ()) == []


def test_nameless_volumes_are_known_by_path_and_id() -> None:
    ((path, name),) = recorded().containers["gpus"].volumes
    assert path == "/anonymous"
    assert name.startswith("d2371e4c4f8d")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"Privileged": True, "SecurityOpt": ["label=disable"]}, ["privileged", "security option label=disable"]),
        ({"NetworkMode": "host", "PidMode": "host", "IpcMode": "host"}, ["network host", "pid host", "ipc host"]),
        ({"NetworkMode": "container:abc", "UTSMode": "host"}, ["network container:abc", "uts host"]),
        ({"CapAdd": ["CAP_SYS_ADMIN"], "GroupAdd": ["docker"]}, ["capability CAP_SYS_ADMIN", "group docker"]),
        ({"Devices": [{"PathOnHost": "/dev/sda"}]}, ["device /dev/sda"]),
        ({"MaskedPaths": [], "ReadonlyPaths": []}, ["nothing of /proc and /sys masked"]),
        ({"NetworkMode": "default", "IpcMode": "shareable", "CapAdd": [], "SecurityOpt": None}, []),
        ({"NetworkMode": "bridge", "IpcMode": "private", "PidMode": "", "MaskedPaths": ["/proc/acpi"]}, []),
        ({}, []),
    ],
)
def test_what_was_given_against_isolation_is_seen(options: dict[str, Any], words: list[str]) -> None:
    assert list(liberties(options)) == words


def test_a_container_that_is_less_isolated_is_not_as_declared() -> None:
    (gap,) = gaps(WANTED, as_made(liberties=("privileged", "network host")), IMAGE)
    assert str(gap) == "isolation privileged; network host instead of Docker's own"
    assert all(not found.liberties for found in recorded().containers.values())


def test_nameless_volumes_are_handed_over_by_their_ids() -> None:
    arguments = create_arguments("py", WANTED, [("/data", "d2371e")])
    assert "type=volume,source=d2371e,target=/data" in arguments
