"""Jobs: what is declared of a sandbox, and what the command line says in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.containers.declaration import run_arguments
from gpufleet.containers.model import Mount
from gpufleet.daily.declared import Job, Seen, Wish
from gpufleet.daily.errors import DailyError
from gpufleet.daily.wishes import environment, local_mount
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.files import FileState
from gpufleet.images.named import ImageOfHost
from gpufleet.images.present import Present
from gpufleet.platform import Access, Gpu, RootAccess
from roles import DAILY
from tests.unit.hosts import BARE

if TYPE_CHECKING:
    from pathlib import Path

OPS = Access(uid=1001, gid=1002, user="ops", home="/home/ops", root_access=RootAccess.SUDO)
GPUS = tuple(Gpu(name="H100", uuid=f"GPU-{n}", driver_version="580.1", compute_capability="9.0") for n in range(2))
HOST = Seen(platform=replace(BARE, gpus=GPUS, access=OPS), access=OPS, images=Present(), remembered=None)
DECLARED: dict[str, Any] = {
    "sandbox_containers": {
        "training": {
            "workspace": "~/work",
            "mounts": ["~/dataset:/dataset:ro", "/data:/data"],
            "gpus": ["1"],
            "shm_size": "32g",
            "environment": {"TOKEN": "hunter2"},
            "ports": ["8888:8888"],
        },
    },
}


IMAGES = {None: ImageOfHost("gpufleet/cuda:13-0", ""), "devel": ImageOfHost("gpufleet/cuda:13-1", "")}


def job(wish: Wish, host: Seen = HOST, **data: Any) -> Job:
    return DAILY.job({**DECLARED, **data}, host, wish, IMAGES)


def test_a_job_has_what_is_declared_of_its_sandbox_but_the_ports() -> None:
    container = job(Wish(sandbox="training", command=("python", "train.py"))).container
    assert container.image == "gpufleet/cuda:13-0"
    assert container.mounts == (
        Mount("/app", "/home/ops/work"),
        Mount("/data", "/data"),
        Mount("/dataset", "/home/ops/dataset", writable=False),
    )
    assert (container.shm_bytes, container.gpus[0].devices, container.user) == (32 << 30, ("1",), None)
    assert container.environment == {"TOKEN": "hunter2"}
    assert (container.ports, container.restart, container.init) == ((), "no", True)
    assert (container.entrypoint, container.command) == (None, ("python", "train.py"))
    assert not job(Wish(sandbox="training")).pull


def test_the_command_line_says_otherwise() -> None:
    wish = Wish(
        sandbox="training",
        workspace="/somewhere/with:colon",
        mounts=("/other:/data:ro", "~/x:/x"),
        gpus="0,1",
        shm_size="64m",
        user="0:0",
        environment=(("TOKEN", "other"), ("EPOCHS", "3")),
        terminal=True,
    )
    container = job(wish).container
    assert container.mounts == (
        Mount("/app", "/somewhere/with:colon"),
        Mount("/data", "/other", writable=False),
        Mount("/dataset", "/home/ops/dataset", writable=False),
        Mount("/x", "/home/ops/x"),
    )
    assert (container.shm_bytes, container.gpus[0].devices) == (64 << 20, ("0", "1"))
    assert (container.user, container.tty) == ("0:0", True)
    assert container.environment == {"TOKEN": "other", "EPOCHS": "3"}


def test_in_an_image_of_somebody_elses_a_job_is_the_user_who_connects() -> None:
    found = job(Wish(sandbox="training", image="debian:trixie-slim"))
    assert (found.container.user, found.pull) == ("1001:1002", True)
    assert job(Wish(sandbox="training", image="debian:trixie-slim", user="7")).container.user == "7"


def test_without_any_sandbox_a_job_has_all_gpus_and_the_usual_shared_memory() -> None:
    container = job(Wish(sandbox=None, workspace="/here"), sandbox_containers={}).container
    assert (container.gpus[0].devices, container.shm_bytes) == (("all",), 16 << 30)
    assert container.mounts == (Mount("/app", "/here"),)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (Wish(sandbox="training", gpus="7"), "gpus: 7: expected GPUs of this host: 0"),
        (Wish(sandbox="training", shm_size="3"), "is a unit missing"),
        (Wish(sandbox="training", mounts=("data:/data",)), "begins with / or ~/"),
        (Wish(sandbox="training", mounts=("/data:/app",)), "/app is the workspace"),
        (Wish(sandbox="training", image="-x"), "not the name of an image"),
        (Wish(sandbox="training", user="a b"), "not a user"),
        (Wish(sandbox="training", workspace="other"), "^--workspace 'other': a path on the host begins with / or ~/"),
        (Wish(sandbox="training", workspace="~bob/x"), "^--workspace '~bob/x': a path on the host begins with"),
        (Wish(sandbox="training", workspace=""), "^--workspace '': a path on the host begins with"),
        (Wish(sandbox="training", workspace="/a/../b"), "^--workspace '/a/../b': write the path without"),
        (Wish(sandbox="training", environment=(("A", "1\n2"),)), "no value of more than one line"),
    ],
)
def test_what_cannot_be_is_refused_as_in_a_declaration(wish: Wish, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        job(wish)


def test_gpus_that_are_not_seen_are_no_reason_to_wait() -> None:
    bare = replace(HOST, platform=replace(HOST.platform, gpus=()))
    with pytest.raises(ValueError, match="no GPU is seen: --gpus none runs it without"):
        job(Wish(sandbox="training"), bare)
    assert job(Wish(sandbox="training", gpus="none"), bare).container.gpus == ()


def test_no_declared_image_is_a_reason_to_name_one() -> None:
    with pytest.raises(ValueError, match=r"no image is declared for this host \(no GPU is seen\)"):
        DAILY.job(DECLARED, HOST, Wish(sandbox="training"), {None: ImageOfHost(None, "no GPU is seen")})


def test_a_job_is_made_from_a_declared_image_by_its_name_and_is_its_user() -> None:
    found = job(Wish(sandbox="training", image="devel"), cuda_image_more={"devel": {"variant": "devel"}})
    assert (found.container.image, found.container.user, found.pull) == ("gpufleet/cuda:13-1", None, False)
    tagged = job(Wish(sandbox="training", image="devel:latest"), cuda_image_more={"devel": {"variant": "devel"}})
    assert (tagged.container.image, tagged.container.user, tagged.pull) == ("devel:latest", "1001:1002", True)


def test_an_image_that_is_nearly_a_declared_one_is_not_looked_for_elsewhere() -> None:
    with pytest.raises(
        ValueError, match=r"^image: devl: expected a declared image .* Did you mean devel\? .* devl:latest"
    ):
        job(Wish(sandbox="training", image="devl"), cuda_image_more={"devel": {"variant": "devel"}})
    assert job(Wish(sandbox="training", image="devl")).container.image == "devl", "nothing is declared"


def test_the_image_is_the_one_that_the_role_would_have_now() -> None:
    twelve = FileState(b"gpufleet/cuda:12-0\n", "644", "root:root")
    assert (DAILY.images({}, HOST)[None].reference or "").startswith("gpufleet/cuda:13-")
    unread = replace(HOST, images=Unreadable("no rights"), remembered=twelve)
    assert (DAILY.images({}, unread)[None].reference or "").startswith("gpufleet/cuda:12-")
    assert DAILY.images({}, replace(HOST, platform=BARE)) == {None: ImageOfHost(None, "no GPU is seen")}


def test_docker_is_told_nothing_that_others_may_not_read() -> None:
    words = run_arguments(job(Wish(sandbox="training")).container, label="gpufleet.job=1f", pull=False)
    assert words[:6] == ["--rm", "--interactive", "--label", "gpufleet.job=1f", "--pull", "never"]
    assert "NVIDIA_VISIBLE_DEVICES=1" in words
    assert not any("hunter2" in word or word in {"--name", "--publish", "--restart"} for word in words)
    assert not any(word.startswith("gpufleet.sandbox") for word in words)


def test_a_workspace_is_where_the_role_puts_it() -> None:
    assert DAILY.sandboxes(DECLARED) == {"training": None}
    assert DAILY.workspace(DECLARED, "training", OPS) == "/home/ops/work"


def test_a_variable_without_a_value_has_the_one_that_it_has_here() -> None:
    given = ["A=1=2", "B", "C", "A=3", "EMPTY="]
    assert environment(given, {"B": "here"}) == {"A": "3", "B": "here", "EMPTY": ""}
    with pytest.raises(DailyError, match="--env 1A: not the name of a variable"):
        environment(["1A=2"], {})


def test_a_mount_here_may_begin_in_the_current_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    assert local_mount("data:/data:ro") == f"{tmp_path}/data:/data:ro"
    assert local_mount("~/x:/x") == "/home/me/x:/x"
    assert local_mount("/x:/x") == "/x:/x"
    assert local_mount("../data:/data") == f"{tmp_path.parent}/data:/data"
    with pytest.raises(DailyError, match=r"^~nobody-is-called-so/x: "):
        local_mount("~nobody-is-called-so/x:/x")


def test_a_workspace_is_beneath_the_home_of_who_connects() -> None:
    container = job(Wish(sandbox="training", workspace="~/other/")).container
    assert Mount("/app", "/home/ops/other") in container.mounts
