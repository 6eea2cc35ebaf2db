"""The stand-ins of NVIDIA's programs and the simulated driver, on files in a folder instead of a host."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.lab.nvidia_standins import cdi, driver, runtime, spec, yaml_text
from tests.lab.simulated_driver import SimulatedDriver, specification

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "580.159.04"


def install(root: Path, version: str = VERSION, count: int = 2) -> Path:
    """Lay the simulated driver's files below `root`, as `LabHost.install_gpu` lays them on a host."""
    for path, (content, mode) in SimulatedDriver(version, count).files("lab-1", "amd64").items():
        file = root / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        moved = content.replace(driver.FOLDER.encode(), f"{root}{driver.FOLDER}".encode())
        file.write_bytes(moved)
        file.chmod(mode)
    return root


def smi(root: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        ["sh", str(root / "usr/bin/nvidia-smi"), *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def uuids(root: Path) -> list[str]:
    return [gpu.uuid for gpu in driver.installed(root).gpus]


def test_nvidia_smi_lists_gpus_with_the_uuids_of_the_host(tmp_path: Path) -> None:
    first, second = uuids(install(tmp_path))
    assert smi(tmp_path, "-L") == (
        0,
        f"GPU 0: NVIDIA Simulated GPU (UUID: {first})\nGPU 1: NVIDIA Simulated GPU (UUID: {second})\n",
    )


def test_nvidia_smi_answers_queries_in_the_order_that_was_asked(tmp_path: Path) -> None:
    first, second = uuids(install(tmp_path))
    code, rows = smi(tmp_path, "--query-gpu=uuid,driver_version,compute_cap,name", "--format=csv,noheader")
    assert code == 0
    assert rows == "".join(f"{uuid}, {VERSION}, 9.0, NVIDIA Simulated GPU\n" for uuid in (first, second))
    asked = "--query-gpu=memory.total,index,pci.bus_id"
    assert smi(tmp_path, asked, "--format=csv", "-i", second) == (
        0,
        "memory.total [MiB], index, pci.bus_id\n81559 MiB, 1, 00000000:02:00.0\n",
    )
    assert smi(tmp_path, asked, "--format=csv,noheader,nounits", "--id=0") == (0, "81559, 0, 00000000:01:00.0\n")


def test_nvidia_smi_refuses_a_field_that_its_driver_does_not_know(tmp_path: Path) -> None:
    install(tmp_path, "470.82.01")
    code, said = smi(tmp_path, "--query-gpu=uuid,compute_cap", "--format=csv,noheader")
    assert (code, said.strip()) == (2, 'Field "compute_cap" is not a valid field to query.')
    assert smi(tmp_path, "--query-gpu=driver_version", "--format=csv,noheader") == (0, "470.82.01\n" * 2)


def test_nvidia_smi_without_gpus_says_so(tmp_path: Path) -> None:
    install(tmp_path, count=0)
    assert smi(tmp_path, "-L") == (0, "No devices found.\n")
    assert smi(tmp_path, "--query-gpu=uuid", "--format=csv,noheader") == (6, "No devices were found\n")


def test_the_panel_names_driver_and_cuda_and_that_it_is_simulated(tmp_path: Path) -> None:
    code, panel = smi(install(tmp_path))
    assert code == 0
    assert {len(line) for line in panel.splitlines()} == {91}
    assert all(words in panel for words in (f"Driver Version: {VERSION}", "CUDA Version: 13.0", "simulated driver"))


def test_a_gpu_keeps_its_uuid_and_another_host_has_others() -> None:
    files = SimulatedDriver("590.44.01").files("lab-2", "arm64", uuids=["GPU-1"])
    assert b"uuid=GPU-1\n" in files[f"{driver.FOLDER}/gpu-00"][0]
    assert "/usr/lib/aarch64-linux-gnu/libcuda.so.590.44.01" in files
    made = [SimulatedDriver().files(host, "amd64")[f"{driver.FOLDER}/gpu-00"] for host in ("lab-1", "lab-1", "lab-2")]
    assert made[0] == made[1] != made[2]


def test_nothing_is_there_that_a_program_would_load_as_a_driver() -> None:
    assert not [path for path in SimulatedDriver().files("lab-1", "amd64") if path.endswith((".so", ".so.1"))]


def test_without_a_driver_nvml_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(driver.NvmlError, match="failed to initialize NVML: ERROR_LIBRARY_NOT_FOUND"):
        driver.installed(tmp_path)


def test_a_specification_is_laid_out_as_a_real_one(tmp_path: Path) -> None:
    made = spec.generate(driver.installed(install(tmp_path)))
    first, second = uuids(tmp_path)
    assert [device["name"] for device in made["devices"]] == ["0", first, "1", second, "all"]
    assert (made["cdiVersion"], made["kind"]) == ("0.5.0", "nvidia.com/gpu")
    assert "NVIDIA_VISIBLE_DEVICES=void" in made["containerEdits"]["env"]
    mounted = [mount["hostPath"] for mount in made["containerEdits"]["mounts"]]
    assert f"/usr/lib/x86_64-linux-gnu/libcuda.so.{VERSION}" in mounted
    assert all((tmp_path / path[1:]).exists() for path in mounted)
    compat = made["containerEdits"]["hooks"][0]["args"]
    assert compat == ["nvidia-cdi-hook", "enable-cuda-compat", f"--host-driver-version={VERSION}"]


def test_the_lab_can_describe_its_driver_without_nvidia_ctk(tmp_path: Path) -> None:
    install(tmp_path)
    text = specification(SimulatedDriver(VERSION, 2).files("lab-1", "amd64"))
    assert yaml.safe_load(text) == spec.generate(driver.installed(tmp_path))


def test_devices_can_go_by_one_name_only(tmp_path: Path) -> None:
    installed = driver.installed(install(tmp_path))
    by_index, by_uuid = (spec.generate(installed, (strategy,))["devices"] for strategy in ("index", "uuid"))
    assert [device["name"] for device in by_index] == ["0", "1", "all"]
    assert [device["name"] for device in by_uuid] == [*uuids(tmp_path), "all"]


def test_yaml_is_written_in_a_form_that_others_read_the_same(tmp_path: Path) -> None:
    made = spec.generate(driver.installed(install(tmp_path)))
    text = yaml_text.dump(made)
    assert yaml.safe_load(text) == yaml_text.load(text) == made
    assert text.startswith(
        '---\ncdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices:\n    - name: "0"\n      containerEdits:\n'
    )


@pytest.mark.parametrize("text", ["mounts:\n- {hostPath: /a, containerPath: /a}\n", "kind: >\n  folded\n"])
def test_yaml_beyond_what_is_read_here_is_an_error_and_no_guess(text: str) -> None:
    with pytest.raises(yaml_text.YamlError):
        yaml_text.load(text)


def test_yaml_by_hand_is_read_as_others_read_it() -> None:
    text = (
        "# comment\ncdiVersion: '0.6.0'\nkind: nvidia.com/gpu # x\ndevices:\n- name: all\n  containerEdits:\n"
        "    env: [A=1, B=2]\n"
        '    mounts:\n    - hostPath: /a\n      containerPath: "/b"\n      options:\n      - ro\n      - bind\n'
        "    deviceNodes:\n    - path: /dev/null\n      major: 1\n      minor: 3\n"
    )
    assert yaml_text.load(text) == yaml.safe_load(text)


def bundle(*environment: str) -> dict[str, Any]:
    return {"process": {"env": ["PATH=/bin", *environment]}, "mounts": [{"destination": "/proc"}]}


@pytest.mark.parametrize(
    ("value", "names"),
    [(None, None), ("", None), ("void", None), ("none", ["none"]), ("all", ["all"]), ("0,1", ["0", "1"])],
)
def test_the_environment_of_a_container_is_its_request(value: str | None, names: list[str] | None) -> None:
    asked = [] if value is None else [f"NVIDIA_VISIBLE_DEVICES={value}"]
    assert runtime.requested(bundle(*asked)) == names


def mounted(names: list[str], root: Path, folders: list[str] | None = None) -> list[str]:
    """The GPUs' files that a request brings into a container."""
    made = bundle(f"NVIDIA_VISIBLE_DEVICES={','.join(names)}")
    cdi.apply(made, runtime.edits(names, folders or [], root))
    assert "NVIDIA_VISIBLE_DEVICES=void" in made["process"]["env"]
    assert len([item for item in made["process"]["env"] if item.startswith("NVIDIA_VISIBLE")]) == 1
    targets = [mount["destination"] for mount in made["mounts"]]
    assert "/usr/bin/nvidia-smi" in targets
    return [target.rpartition("/")[2] for target in targets if target.startswith(driver.FOLDER)]


def test_a_container_gets_exactly_the_gpus_that_it_asks_for(tmp_path: Path) -> None:
    second = uuids(install(tmp_path))[1]
    assert mounted(["all"], tmp_path) == ["gpu-00", "gpu-01"]
    assert mounted(["1"], tmp_path) == mounted([second], tmp_path) == ["gpu-01"]
    assert mounted(["none"], tmp_path) == []
    with pytest.raises(cdi.UnresolvableError, match=r"unresolvable CDI devices nvidia\.com/gpu=7"):
        mounted(["7"], tmp_path)


def test_qualified_names_come_from_the_files_and_the_later_folder_wins(tmp_path: Path) -> None:
    root = install(tmp_path / "host")
    static, dynamic = tmp_path / "etc", tmp_path / "run"
    for folder, count in ((static, 2), (dynamic, 1)):
        folder.mkdir()
        made = spec.generate(driver.installed(install(tmp_path / folder.name, count=count)))
        (folder / "nvidia.yaml").write_text(yaml_text.dump(made))
    folders = [str(static), str(dynamic)]
    assert mounted(["nvidia.com/gpu=all"], root, folders) == ["gpu-00"]
    assert mounted(["nvidia.com/gpu=1"], root, folders) == ["gpu-01"]


def test_a_broken_file_is_named_and_the_others_count(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "nvidia.yaml").write_text("kind: nvidia.com/gpu\ndevices:\n- name: all\n")
    specs, problems = cdi.found([str(tmp_path)])
    assert list(cdi.devices(specs)) == ["nvidia.com/gpu=all"]
    assert problems == [f"failed to parse CDI Spec {tmp_path}/broken.json: unexpected EOF"]
