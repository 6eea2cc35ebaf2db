"""CDI specifications: what they hold, and what makes one stale."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from pyinfra.api import FactProcessError

from gpufleet.cdi.specification import SpecificationError, parse
from gpufleet.cdi.state import SPEC, CdiState, Driver, outdated_statics, statics
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.cdi import CdiSpecifications

DATA = Path(__file__).parent / "data" / "cdi"
H100 = (DATA / "h100-driver-580.yaml").read_bytes()
WSL = (DATA / "wsl.json").read_bytes()
UUID = "GPU-60e768c7-5822-2c66-65c3-9a65f71daaba"
LIBCUDA = "/usr/local/nvidia/lib64/libcuda.so.580.159.04"
FITTING = CdiState(Driver("580.159.04", frozenset([UUID]), 1), {SPEC: H100})
STATIC = "/etc/cdi/nvidia.yaml"


def test_a_real_specification_is_read() -> None:
    found = parse(H100)
    assert (found.kind, found.devices) == ("nvidia.com/gpu", ("0", UUID, "all"))
    assert found.drivers == {"580.159.04"}
    assert found.needs == {
        "/dev/nvidia0",
        "/dev/nvidiactl",
        "/usr/bin/nvidia-cdi-hook",
        "/usr/local/nvidia/bin/nvidia-smi",
        LIBCUDA,
        "/usr/local/nvidia/lib64/libnvidia-ml.so.580.159.04",
    }


def test_json_is_read_and_windows_driver_has_no_version_in_it() -> None:
    found = parse(WSL)
    assert (found.devices, found.drivers) == (("all",), frozenset())
    assert "/dev/dxg" in found.needs


def test_on_wsl_the_driver_is_the_one_that_was_noted_when_it_was_made() -> None:
    noted = json.dumps(json.loads(WSL)).encode() + b"\n# driver: 572.83\n"
    assert parse(noted).drivers == {"572.83"}
    same = CdiState(Driver("572.83", frozenset([UUID]), 1), {SPEC: noted})
    assert same.trouble(SPEC) is None
    updated = CdiState(Driver("581.29", frozenset([UUID]), 1), {SPEC: noted})
    assert updated.trouble(SPEC) == "it is for driver 572.83, and 581.29 runs"


def test_on_wsl_paths_of_a_former_driver_are_missed() -> None:
    store = next(path for path in parse(WSL).needs if path.startswith("/usr/lib/wsl/drivers/"))
    gone = CdiState(Driver("581.29", frozenset([UUID]), 1), {STATIC: WSL}, missing=frozenset([store]))
    assert gone.trouble(STATIC) == f"it needs {store}, which this host has not"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "names no kind"),
        (b"kind: [", "neither YAML nor JSON"),
        (H100[: H100.index(b"fileMode") + 4], "neither YAML nor JSON"),
        (b"kind: nvidia.com/gpu\ndevices: [all]\n", "not of its form"),
        (b"kind: nvidia.com/gpu\ncontainerEdits: {mounts: [{containerPath: /x}]}\n", "not of its form"),
    ],
)
def test_what_is_no_specification_is_told(text: bytes, said: str) -> None:
    with pytest.raises(SpecificationError, match=said):
        parse(text)


def test_one_that_fits_is_not_in_trouble() -> None:
    assert FITTING.trouble(SPEC) is None
    wsl = CdiState(Driver("581.29", frozenset([UUID]), 1), {SPEC: WSL})
    assert wsl.trouble(SPEC) is None


@pytest.mark.parametrize(
    ("driver", "why"),
    [
        (Driver("590.10", frozenset([UUID]), 1), "it is for driver 580.159.04, and 590.10 runs"),
        (Driver("580.159.04", frozenset(["GPU-2"]), 1), f"it has {UUID}, which is not there"),
        (Driver("580.159.04", frozenset([UUID, "GPU-2"]), 2), "it lacks GPU-2"),
        (Driver("580.159.04", frozenset(), 2), "it has 1 GPU, and the host has 2 GPUs"),
    ],
)
def test_one_for_another_driver_or_other_gpus_is_stale(driver: Driver, why: str) -> None:
    assert replace(FITTING, driver=driver).trouble(SPEC) == why


def test_a_gpu_that_does_not_tell_its_uuid_yet_makes_none_stale() -> None:
    assert replace(FITTING, driver=Driver("580.159.04", frozenset(), 1)).trouble(SPEC) is None


def test_parts_of_gpus_do_not_tell_how_many_there_are() -> None:
    parts = H100.replace(b"name: '0'", b"name: '0:1'").replace(UUID.encode(), b"MIG-1")
    two = Driver("580.159.04", frozenset([UUID, "GPU-2"]), 2)
    assert CdiState(two, {SPEC: parts}).trouble(SPEC) is None


@pytest.mark.parametrize(
    ("names", "uuids", "why"),
    [
        (["0:0", "MIG-1", "1", UUID], [UUID, "GPU-2"], None),
        (["0:0", "MIG-1", "1", "GPU-3"], [UUID, "GPU-2"], "it has GPU-3, which is not there"),
        (["0:0", "MIG-1", "2:0", "MIG-2"], [UUID, "GPU-2"], "it has GPU 2, and the host has 2 GPUs"),
        (["0:0", "MIG-1", "2", UUID], [UUID, "GPU-2"], "it has GPU 2, and the host has 2 GPUs"),
        (["MIG-1", "all"], [UUID, "GPU-2"], None),
    ],
)
def test_beside_parts_of_gpus_whole_ones_and_their_numbers_still_count(
    names: list[str], uuids: list[str], why: str | None
) -> None:
    mounts = [{"hostPath": LIBCUDA}, {"hostPath": LIBCUDA.replace("libcuda", "libnvidia-ml")}]
    devices = [{"name": name} for name in dict.fromkeys([*names, "all"])]
    edits = {"mounts": mounts}
    text = json.dumps({"kind": "nvidia.com/gpu", "devices": devices, "containerEdits": edits}).encode()
    two = Driver("580.159.04", frozenset(uuids), len(uuids))
    assert CdiState(two, {SPEC: text}).trouble(SPEC) == why


def test_a_missing_path_that_it_needs_makes_it_stale_and_another_does_not() -> None:
    assert (
        replace(FITTING, missing=frozenset([LIBCUDA])).trouble(SPEC) == f"it needs {LIBCUDA}, which this host has not"
    )
    several = replace(FITTING, missing=frozenset([LIBCUDA, "/dev/nvidia0", "/dev/nvidiactl"]))
    assert several.trouble(SPEC) == "it needs /dev/nvidia0 and 2 more, which this host has not"
    assert replace(FITTING, missing=frozenset(["/elsewhere"])).trouble(SPEC) is None


def test_one_that_is_absent_unreadable_or_empty_is_in_trouble() -> None:
    assert CdiState(FITTING.driver).trouble(SPEC) == "absent"
    assert CdiState(FITTING.driver, {SPEC: Unreadable("larger than 1 MB")}).trouble(SPEC) == "larger than 1 MB"
    assert CdiState(FITTING.driver, {SPEC: b"kind: nvidia.com/gpu\ndevices:\n"}).trouble(SPEC) == "it has no devices"
    assert CdiState(FITTING.driver, {SPEC: b""}).trouble(SPEC) == "no CDI specification: it names no kind"
    other = CdiState(FITTING.driver, {SPEC: b"kind: amd.com/gpu\ndevices: [{name: all}]\n"})
    assert other.trouble(SPEC) == "it describes amd.com/gpu, not nvidia.com/gpu"


@pytest.mark.parametrize(
    ("cut", "why"),
    [
        (b"  - name: GPU-", "it lacks the device all"),
        (b"  - name: all", "it lacks the device all"),
        (b"containerEdits:\n  env:", "it lacks libcuda"),
        (b"  mounts:", "it lacks libcuda"),
        (b"    - hostPath: /usr/local/nvidia/lib64/libcuda", "it lacks libcuda"),
        (b"    - hostPath: /usr/local/nvidia/lib64/libnvidia-ml", "it lacks libnvidia-ml"),
    ],
)
def test_ours_is_in_trouble_where_it_was_cut_off_and_can_still_be_read(cut: bytes, why: str) -> None:
    rest = H100[: H100.index(cut)]
    assert parse(rest).kind == "nvidia.com/gpu"
    assert replace(FITTING, specifications={SPEC: rest}).trouble(SPEC) == why
    assert replace(FITTING, specifications={STATIC: rest}).trouble(STATIC) is None, "that one is the user's"


def test_ours_is_in_trouble_where_its_last_line_was_cut_off() -> None:
    state = replace(FITTING, specifications={SPEC: H100[:-3], STATIC: H100[:-3]})
    assert (state.trouble(SPEC), state.trouble(STATIC)) == ("it ends within a line", None)


def test_ours_has_each_gpu_and_on_wsl_all_of_them_alone_and_windows_library() -> None:
    first, last = H100.index(b"  - name: '0'"), H100.index(b"  - name: all")
    assert (
        replace(FITTING, specifications={SPEC: H100[:first] + H100[last:]}).trouble(SPEC) == "it has no GPU by itself"
    )
    wsl = CdiState(Driver("581.29", frozenset([UUID]), 1), {SPEC: WSL.replace(b"libcuda", b"other")})
    assert wsl.trouble(SPEC) == "it lacks libcuda"


def test_only_static_specifications_of_gpus_that_do_not_fit_are_outdated() -> None:
    old = H100.replace(b"580.159.04", b"535.54.03")
    foreign = b"kind: vendor.example/nic\ndevices: []\n"
    state = replace(FITTING, specifications={SPEC: H100, STATIC: old, "/etc/cdi/nic.yaml": foreign, "/etc/cdi/x": b"["})
    assert statics(state) == [STATIC]
    assert outdated_statics(state) == {STATIC: "it is for driver 535.54.03, and 580.159.04 runs"}
    assert outdated_statics(replace(FITTING, specifications={STATIC: H100})) == {}


MODULE = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build  (builder@host)  Thu Jan 1"
REPORT = {"module": MODULE, "card": UUID, "library": "/usr/lib/libnvidia-ml.so.580.159.04", "end": "yes"}


def read(**changes: str | None) -> CdiState:
    lines = {**REPORT, **changes}
    return CdiSpecifications().process([f"{key}={value}" for key, value in lines.items() if value is not None])


def test_the_kernel_module_tells_driver_and_gpus() -> None:
    assert read().driver == Driver("580.159.04", frozenset([UUID]), 1)
    closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun  6 22:20:39 UTC 2023"
    assert read(module=closed, library=None).driver == Driver("535.54.03", frozenset([UUID]), 1)
    assert read(card="GPU-????????-????-????-????-????????????").driver == Driver("580.159.04", frozenset(), 1)
    assert read(card=None).driver is None


def test_libraries_of_another_version_than_the_module_need_a_reboot() -> None:
    driver = read(library="/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.590.10").driver
    assert isinstance(driver, Unreadable)
    assert "its libraries are 590.10: the host needs a reboot" in driver.why


def test_without_a_module_nvidia_smi_tells_and_its_trouble_is_no_absence() -> None:
    listed = read(module=None, card=None, nvidia_smi="/x", gpu=f"{UUID}, 581.29, 8.9, NVIDIA GeForce RTX 4090")
    assert listed.driver == Driver("581.29", frozenset([UUID]), 1)
    failed = read(module=None, card=None, nvidia_smi="/x", gpu_error="GPU access blocked by the operating system")
    assert failed.driver == Unreadable("GPU access blocked by the operating system")
    assert read(module=None, card=None).driver is None


def test_files_are_read_with_what_is_missing_of_them() -> None:
    coded = base64.b64encode(H100).decode()
    state = read(specification=f"{SPEC}|{coded}", unreadable=f"{STATIC}|not a regular file", missing="/dev/nvidia0")
    assert state.specifications == {SPEC: H100, STATIC: Unreadable("not a regular file")}
    assert state.missing == {"/dev/nvidia0"}


@pytest.mark.parametrize("changes", [{"end": None}, {"specification": f"{SPEC}|a"}])
def test_a_report_that_was_cut_off_fails_its_host_only(changes: dict[str, str | None]) -> None:
    with pytest.raises(FactProcessError):
        read(**changes)


SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]


def run_in(shell: str, command: str) -> CdiState:
    """Run the script in another shell than the host's own, and read its report."""
    command = command.replace("sh -c", f"{shell} {'sh ' if shell == 'busybox' else ''}-c", 1)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return CdiSpecifications().process(done.stdout.splitlines())


def proc(folder: Path, *cards: str) -> str:
    """The script's command, and it reads what the driver shows in a folder that is laid out as /proc/driver/nvidia."""
    (folder / "version").write_text(f"{MODULE}\nGCC version:  gcc version 12.2.0 (Debian 12.2.0-14+deb12u1)\n")
    for number, card in enumerate(cards):
        information = folder / "gpus" / f"0000:{number:02x}:00.0" / "information"
        information.parent.mkdir(parents=True)
        information.write_text(card)
    return str(CdiSpecifications().command()).replace("/proc/driver/nvidia", str(folder))


CARD = (
    "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 217\nGPU UUID: \t {uuid}\nVideo BIOS: \t 96.00.89.00.01\n"
    "Bus Type: \t PCIe\nDevice Minor: \t 0\nGPU Firmware: \t 580.159.04\nGPU Excluded:\t {excluded}\n"
)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_counts_what_the_kernel_module_serves_and_leaves_excluded_cards_out(
    shell: str, tmp_path: Path
) -> None:
    other, unknown = UUID.replace("60e768c7", "70e768c7"), "GPU-????????-????-????-????-????????????"
    served = CARD.format(uuid=UUID, excluded="No")
    command = proc(tmp_path, served, CARD.format(uuid=other, excluded="Yes"), CARD.format(uuid=unknown, excluded="No"))
    assert run_in(shell, command).driver == Driver("580.159.04", frozenset([UUID]), 2)
    alone = tmp_path / "excluded"
    alone.mkdir()
    assert run_in(shell, proc(alone, CARD.format(uuid=UUID, excluded="Yes"))).driver is None


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("version", ["580.159.04", "590.10"])
def test_the_script_sees_of_which_version_the_libraries_are(
    shell: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / f"libnvidia-ml.so.{version}"
    library.touch()
    (tmp_path / "libnvidia-ml.so.1").symlink_to(library.name)
    cache = f"3 libs found in cache\n\tlibnvidia-ml.so.1 (libc6,x86-64) => {tmp_path}/libnvidia-ml.so.1\n"
    (tmp_path / "ldconfig").write_text(f"#!/bin/sh\ncat <<'END'\n{cache}END\n")
    (tmp_path / "ldconfig").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    driver = run_in(shell, proc(tmp_path, CARD.format(uuid=UUID, excluded="No"))).driver
    if version == "580.159.04":
        assert driver == Driver(version, frozenset([UUID]), 1)
    else:
        assert isinstance(driver, Unreadable)
        assert "libraries are 590.10" in driver.why


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_finds_every_path_of_yaml_and_json_that_is_missing(shell: str, tmp_path: Path) -> None:
    there = tmp_path / "libcuda.so.580.159.04"
    there.touch()
    for name, text in (("a.yaml", H100), ("b.json", WSL), ("c.json", json.dumps(json.loads(WSL), indent=4).encode())):
        file = tmp_path / name
        file.write_bytes(text.replace(LIBCUDA.encode(), str(there).encode()))
        state = run_in(shell, str(CdiSpecifications().command(also=str(file))))
        text_read = state.specifications[str(file)]
        assert isinstance(text_read, bytes)
        missing = {path for path in parse(text_read).needs if not Path(path).exists()}
        assert missing
        assert missing <= state.missing
        assert str(there) not in state.missing
