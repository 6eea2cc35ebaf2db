"""Sandboxes: from settings to containers, and what a host is refused or told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gpufleet.containers.model import Container, Environment, GpuRequest, Mount, Port
from gpufleet.platform import Access, Docker, Gpu, Platform, RootAccess
from gpufleet.settings import SettingsError, load
from roles.sandbox.declared import claimed, declared_sandboxes
from roles.sandbox.settings import SandboxSettings
from roles.sandbox.verdict import notices, refusals
from roles.sandbox.wanted import Wanted, wanted
from tests.unit.hosts import BARE

ANA = Access(uid=1001, gid=1002, user="ana", home="/home/ana", root_access=RootAccess.SUDO)
ROOT = Access(uid=0, gid=0, user="root", home="/root", root_access=RootAccess.ROOT)
GPUS = tuple(Gpu(name="H100", uuid=f"GPU-{index}-abc", driver_version="580.1") for index in range(2))
HOST = replace(BARE, access=ANA, gpus=GPUS)


def made(fields: dict[str, Any], access: Access = ANA, **variables: Any) -> Wanted:
    return wanted("py", {"sandbox_containers": {"py": fields}, **variables}, "example/cuda:1", access)


def refused(platform: Platform, **variables: Any) -> list[str]:
    return [f"{each}. {each.remedy}" for each in refusals(platform, variables)]


def test_the_default_sandbox_is_what_the_recipes_make_by_hand() -> None:
    found = wanted("python_sandbox", {}, "example/cuda:1", ANA)
    assert found == Wanted(
        name="python_sandbox",
        container=Container(
            image="example/cuda:1",
            mounts=(Mount("/app", "/home/ana/python_sandbox"),),
            shm_bytes=16 << 30,
            gpus=(GpuRequest("runtime", ("all",), ("compute", "utility")),),
            restart="unless-stopped",
            entrypoint=("sleep",),
            command=("infinity",),
            init=True,
            tty=True,
        ),
        workspace="/home/ana/python_sandbox",
        owner=(1001, 1002),
        home="/home/ana",
        pull=False,
    )


def test_every_field_reaches_the_container() -> None:
    found = made(
        {
            "image": "nvcr.io/nvidia/pytorch:25.01-py3",
            "workspace": "/srv/space/",
            "mounts": ["~/dataset:/dataset:ro", "/data:/data/"],
            "gpus": [1, 0],
            "gpu_request": "gpus",
            "driver_capabilities": ["utility", "compute", "video"],
            "shm_size": "1g",
            "user": "0:5",
            "environment": {"N": 8},
            "ports": ["8888:8888", "127.0.0.1:22:2222/udp", "[::1]:80:80"],
            "restart_policy": "no",
            "command": ["jupyter", "lab"],
        }
    )
    assert found.pull
    assert found.container == Container(
        image="example/cuda:1",
        mounts=(
            Mount("/app", "/srv/space"),
            Mount("/data", "/data"),
            Mount("/dataset", "/home/ana/dataset", writable=False),
        ),
        shm_bytes=1 << 30,
        gpus=(GpuRequest("gpus", ("0", "1"), ("compute", "utility", "video")),),
        user="0:5",
        environment=Environment({"N": "8"}),
        ports=(Port(80, 80, "::1"), Port(2222, 22, "127.0.0.1", "udp"), Port(8888, 8888)),
        restart="no",
        entrypoint=None,
        command=("jupyter", "lab"),
        init=True,
        tty=True,
    )


@pytest.mark.parametrize(
    ("user", "access", "owner"),
    [
        (None, ANA, (1001, 1002)),
        (None, ROOT, (1000, 1000)),
        ("1234", ANA, (1234, 1234)),
        ("1234:99", ROOT, (1234, 99)),
        ("0:0", ANA, (1001, 1002)),
        ("app", ANA, (1001, 1002)),
    ],
)
def test_whose_a_new_workspace_is(user: str | None, access: Access, owner: tuple[int, int]) -> None:
    assert made({"user": user}, access).owner == owner


def test_the_user_of_the_built_image_counts_for_sandboxes_made_from_it() -> None:
    assert made({}, cuda_image_uid=7, cuda_image_gid=8).owner == (7, 8)
    assert made({"image": "debian"}, cuda_image_uid=7).owner == (1001, 1002)


def test_the_request_of_a_sandbox_goes_before_that_of_all() -> None:
    assert made({}, sandbox_gpu_request="cdi").container.gpus == (GpuRequest("cdi", ("all",)),)
    assert made({"gpu_request": "runtime"}, sandbox_gpu_request="cdi").container.gpus[0].way == "runtime"


def test_a_cdi_name_is_the_same_as_the_short_one_with_cdi_alone() -> None:
    named = {"gpus": ["nvidia.com/gpu=0"]}
    assert made({**named, "gpu_request": "cdi"}) == made({"gpus": ["0"], "gpu_request": "cdi"})
    assert made(named).container.gpus[0].devices == ("nvidia.com/gpu=0",)


def test_no_gpu_is_asked_for_where_none_is_wanted() -> None:
    assert made({}, platform_gpu="none").container.gpus == ()
    assert made({"gpus": "none"}).container.gpus == ()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("image", "", "at least 1 character"),
        ("workspace", "work", "begins with / or ~/"),
        ("workspace", "~bob/x", "begins with / or ~/"),
        ("workspace", "~/x:/y", "always shows as /app"),
        ("workspace", "~/../x", "without .."),
        ("mounts", ["dataset"], "write source:target"),
        ("mounts", ["volume:/data"], "begins with / or ~/"),
        ("mounts", ["/a:/b:rx"], "write source:target"),
        ("mounts", ["/a:data"], "a path inside the container begins with /"),
        ("mounts", ["/a:/"], "is not / itself"),
        ("mounts", ["/a:/x", "/b:/x/"], "two mounts at /x"),
        ("mounts", ["/a:/app"], "/app is the workspace"),
        ("mounts", ["/a:/app/."], "/app is the workspace"),
        ("image", "--privileged", "not the name of an image"),
        ("image", "debian:13 sh", "not the name of an image"),
        ("mounts", ["C:\\data:/data"], "/mnt/c"),
        ("mounts", "/a:/b", "valid list"),
        ("gpus", 1, "neither all, nor none"),
        ("gpus", [], "neither all, nor none"),
        ("gpus", ["first"], "neither all, nor none"),
        ("gpus", [True], "neither all, nor none"),
        ("gpu_request", "hook", "'runtime', 'cdi' or 'gpus'"),
        ("driver_capabilities", ["cuda"], "'cuda' is not one of"),
        ("shm_size", "16", "is a unit missing"),
        ("shm_size", "lots", "not a size"),
        ("shm_size", "1500000b", "not a multiple of 4096 bytes"),
        ("user", 1000, "between quotes"),
        ("user", "a b", "not a user"),
        ("ports", [1342], "between quotes"),
        ("ports", ["8888"], "write outside:inside"),
        ("ports", ["8888:99999"], "from 1 to 65535"),
        ("ports", ["80:80", "80:81"], "port 80 of the host leads inside twice"),
        ("ports", ["80:80", "127.0.0.1:80:80"], "port 80 of the host leads inside twice"),
        ("environment", {"V": 3.1}, "V: YAML has read a number"),
        ("ports", ["localhost:1:1"], "not an IP address"),
        ("restart_policy", "never", "'unless-stopped'"),
        ("command", "jupyter lab", "valid list"),
        ("shm", "16g", "did you mean shm_size?"),
    ],
)
def test_a_wrong_value_is_named_by_its_path_with_the_way_out(field: str, value: object, said: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(SandboxSettings, {"sandbox_containers": {"py": {field: value}}})
    assert str(error.value).startswith(f"sandbox_containers['py'].{field}")
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("value", [{"A-b": "hunter2"}, {"A": "hunter2\nB=1"}, {"A": ["hunter2"]}, "hunter2"])
def test_a_wrong_variable_is_named_without_its_value(value: object) -> None:
    with pytest.raises(SettingsError) as error:
        load(SandboxSettings, {"sandbox_containers": {"py": {"environment": value}}})
    assert str(error.value).startswith("sandbox_containers['py'].environment")
    assert "hunter2" not in str(error.value)


def test_the_variables_of_the_gpu_request_are_settings_of_their_own() -> None:
    with pytest.raises(SettingsError, match="set driver_capabilities instead"):
        made({"environment": {"NVIDIA_DRIVER_CAPABILITIES": "all"}})


@pytest.mark.parametrize("name", ["a b", "-a", "x", "py.previous", ""])
def test_a_name_that_docker_refuses_or_that_is_taken_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=r"sandbox_containers\["):
        load(SandboxSettings, {"sandbox_containers": {name: {}}})


def test_two_sandboxes_cannot_have_one_port() -> None:
    with pytest.raises(SettingsError, match="'a1' has port 80 of the host already"):
        load(SandboxSettings, {"sandbox_containers": {"a1": {"ports": ["80:1"]}, "b1": {"ports": ["80:2"]}}})
    with pytest.raises(SettingsError, match="'a1' has port 80 of the host already"):
        load(SandboxSettings, {"sandbox_containers": {"a1": {"ports": ["127.0.0.1:80:1"]}, "b1": {"ports": ["80:2"]}}})
    load(SandboxSettings, {"sandbox_containers": {"a1": {"ports": ["80:1"]}, "b1": {"ports": ["80:1/udp"]}}})
    both = ["127.0.0.1:80:1", "127.0.0.2:80:1"]
    load(SandboxSettings, {"sandbox_containers": {"a1": {"ports": both}}})


def test_a_host_with_gpus_gets_the_default_sandbox_without_a_word() -> None:
    assert refused(HOST) == []
    assert list(notices(HOST, {})) == []


@pytest.mark.parametrize("gpu", [2, "GPU-9", "7", "nvidia.com/gpu=7", "nvidia.com/gpu=GPU-9", "GPU-01"])
def test_a_gpu_that_is_not_there_is_refused_with_those_that_are(gpu: object) -> None:
    (said,) = refused(HOST, sandbox_containers={"py": {"gpus": [0, gpu]}})
    assert f"gpus: {gpu}." in said
    assert "0 (GPU-0-abc), 1 (GPU-1-abc)" in said


@pytest.mark.parametrize(
    "gpu", [0, "1", "01", "GPU-1-abc", "GPU-1", "MIG-1", "0:1", "nvidia.com/gpu=all", "nvidia.com/gpu=1"]
)
def test_a_gpu_that_is_there_or_cannot_be_judged_is_not_refused(gpu: object) -> None:
    assert refused(HOST, sandbox_containers={"py": {"gpus": [gpu]}}) == []


def test_wsl_has_all_gpus_or_none() -> None:
    wsl = replace(HOST, wsl=2)
    (said,) = refused(wsl, sandbox_containers={"py": {"gpus": [0]}})
    assert "CUDA_VISIBLE_DEVICES" in said
    assert refused(wsl, sandbox_containers={"py": {"gpus": "all"}, "qq": {"gpus": "none"}}) == []


def test_wsl_stops_sandboxes_with_the_last_terminal_and_that_is_told() -> None:
    wsl = replace(HOST, wsl=2, systemd=True)
    (said,) = notices(wsl, {})
    assert "instanceIdleTimeout=-1" in said
    assert "vmIdleTimeout=-1" in said
    assert list(notices(wsl, {"sandbox_containers": {}})) == []
    assert list(notices(replace(wsl, kept_running=True), {})) == []
    assert list(notices(HOST, {})) == []


def test_docker_desktop_is_asked_for_gpus_its_own_way() -> None:
    desktop = replace(HOST, wsl=2, docker=Docker(desktop=True, daemon_version="28.3.2"))
    there, _ = declared_sandboxes({}, desktop, ANA, {None: "example/cuda:1"})
    assert [each.way for each in there[0].container.gpus] == ["gpus"]
    there, _ = declared_sandboxes({"sandbox_gpu_request": "runtime"}, desktop, ANA, {None: "example/cuda:1"})
    assert [each.way for each in there[0].container.gpus] == ["runtime"], "as declared"
    (said,) = refused(desktop, sandbox_gpu_request="cdi")
    assert "Docker Desktop" in said
    assert list(notices(desktop, {})) == []


def test_a_request_for_gpus_contradicts_a_host_that_wants_none() -> None:
    (said,) = refused(HOST, platform_gpu="none", sandbox_containers={"py": {"image": "x", "gpus": "all"}})
    assert "gpus: none" in said
    assert refused(HOST, platform_gpu="none", sandbox_containers={"py": {"image": "x"}}) == []


def test_a_declared_sandbox_without_an_image_is_refused_and_the_default_one_is_not() -> None:
    (said,) = refused(HOST, platform_gpu="none", sandbox_containers={"py": {}})
    assert "cuda_image_cuda" in said
    assert refused(HOST, platform_gpu="none", sandbox_containers={"py": {}}, cuda_image_cuda="12") == []
    assert refused(HOST, platform_gpu="none") == []


def test_sandboxes_wait_for_a_gpu_and_this_is_said() -> None:
    bare = replace(HOST, gpus=())
    variables = {"sandbox_containers": {"py": {"gpus": [3]}, "cpu": {"gpus": "none", "image": "x"}}}
    assert refused(bare, **variables) == []
    (said,) = notices(bare, variables)
    assert "until one is seen: py (" in said
    assert list(notices(bare, {"platform_gpu": "none"})) == []


def test_the_default_sandbox_is_nobodys_once_it_steps_aside() -> None:
    def names(**variables: Any) -> list[str]:
        return claimed(variables, declared_sandboxes(variables, HOST, ANA, {None: None})[0])

    assert names() == ["python_sandbox"]
    assert names(platform_gpu="none") == []
    assert names(platform_gpu="none", sandbox_containers={"py": {}}) == ["py"]


def test_paths_are_compared_in_their_shortest_form() -> None:
    found = made({"workspace": "/srv/./w1", "mounts": ["//a//b/:/x/."]})
    assert found.workspace == "/srv/w1"
    assert found.container.mounts == (Mount("/app", "/srv/w1"), Mount("/x", "/a/b"))
    assert made({"workspace": "~/./x/"}).workspace == "/home/ana/x"


def test_one_gpu_under_two_names_is_asked_for_once() -> None:
    assert made({"gpus": ["0", "nvidia.com/gpu=0"], "gpu_request": "cdi"}).container.gpus[0].devices == ("0",)
    assert made({"gpus": ["01", 1]}).container.gpus[0].devices == ("1",)


def test_the_beginning_of_a_uuid_stands_for_the_whole_one() -> None:
    variables = {"sandbox_containers": {"py": {"image": "x", "gpus": ["GPU-1"], "gpu_request": "cdi"}}}
    ((found,), _) = declared_sandboxes(variables, HOST, ANA, {None: None})
    assert found.container.gpus == (GpuRequest("cdi", ("GPU-1-abc",)),)


def test_the_beginning_of_two_uuids_is_refused() -> None:
    twins = replace(HOST, gpus=tuple(replace(gpu, uuid=f"GPU-a{gpu.uuid}") for gpu in GPUS))
    (said,) = refused(twins, sandbox_containers={"py": {"gpus": ["GPU-a"]}})
    assert "gpus: GPU-a." in said


@pytest.mark.parametrize(
    ("there", "declared", "refusals_"),
    [
        ("5:24.0.9-1", None, 1),
        ("23.0.6", None, 1),
        ("26.1.5+dfsg1-9", None, 0),
        ("5:24.0.9-1", "27.5.1", 0),
        (None, None, 0),
    ],
)
def test_cdi_needs_a_docker_that_knows_it(there: str | None, declared: str | None, refusals_: int) -> None:
    host = replace(HOST, docker=Docker(version=there) if there else None)
    variables = {"docker_engine_version": declared} if declared else {}
    said = refused(host, sandbox_gpu_request="cdi", **variables)
    assert len(said) == refusals_
    assert all("Docker 25 or newer" in each for each in said)
    assert refused(host, **variables) == []


def test_a_sandbox_that_is_neither_made_nor_waiting_is_named() -> None:
    bare = replace(HOST, gpus=())
    (said,) = notices(bare, {"sandbox_containers": {"cpu": {"gpus": "none"}}})
    assert "sandboxes that are not made" in said
    assert ": cpu (" in said
    assert list(notices(bare, {"sandbox_containers": {"cpu": {"gpus": "none"}}, "cuda_image_cuda": "12"})) == []
    assert list(notices(HOST, {"sandbox_containers": {"cpu": {"gpus": "none"}}})) == []
