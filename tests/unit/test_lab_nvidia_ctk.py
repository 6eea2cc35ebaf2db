"""The stand-in of nvidia-ctk does to daemon.json what the real one was recorded to do, its faults included."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.lab.nvidia_standins import config, ctk, go_json

RECORDED = json.loads((Path(__file__).parent / "data/nvidia_ctk/runtime-configure-docker.json").read_text())
CASES = {case["name"]: case for case in RECORDED["cases"]}
CONTAINERD = json.loads((Path(__file__).parent / "data/nvidia_ctk/runtime-configure-containerd.json").read_text())
FOR_CONTAINERD = {case["name"]: case for case in CONTAINERD["cases"]}


@pytest.mark.parametrize("name", CASES)
def test_runtime_configure_does_what_was_recorded(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case: dict[str, Any] = CASES[name]
    file = tmp_path / "daemon.json"
    if case["before"] is not None:
        file.write_bytes(case["before"].encode())
    code = ctk.main([*case["args"], f"--config={file}"], RECORDED["version"])
    output = capsys.readouterr()
    assert code == case["exit_code"], output
    assert (file.read_bytes().decode() if file.exists() else None) == case["after"]
    assert output.out == case["stdout"]
    if case["error"] == "panic":
        assert output.err.startswith("panic: ")
    elif case["error"]:
        assert re.findall(r'level=error msg="(.*)"$', output.err, re.MULTILINE) == [case["error"]]


@pytest.mark.parametrize("name", FOR_CONTAINERD)
def test_what_would_be_written_for_containerd_is_what_was_recorded(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case: dict[str, Any] = FOR_CONTAINERD[name]
    assert ctk.main([*case["args"], f"--config={tmp_path}/absent.toml"], RECORDED["version"]) == case["exit_code"]
    assert capsys.readouterr().out == case["stdout"]


def test_the_file_is_truncated_in_place(tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    file.write_text("{}")
    before = file.stat().st_ino
    ctk.main(["runtime", "configure", f"--config={file}"], "1.20.0")
    assert file.stat().st_ino == before


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("0", "0"),
        ("-0.5", "-0.5"),
        ("100", "100"),
        ("1e21", "1e+21"),
        ("1e20", "100000000000000000000"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1e-7"),
        ("1.5e300", "1.5e+300"),
        ("12.25", "12.25"),
    ],
)
def test_numbers_are_written_as_go_writes_a_float64(number: str, written: str) -> None:
    assert go_json.encode(go_json.decode(number.encode())) == written


def test_whole_numbers_can_be_kept_as_they_are() -> None:
    assert go_json.decode(b"[12345678901234567, -1, 1.5]", exact=True) == [12345678901234567, -1, 1.5]


@pytest.mark.parametrize("text", ['{"a": "\\u00e9 \\ud83d\\ude00 \\" \\\\ \\n \\/", "b": [[], {}, null, true, false]}'])
def test_what_python_reads_is_read_and_written_the_same(text: str) -> None:
    found = go_json.decode(text.encode())
    assert found == json.loads(text)
    assert json.loads(go_json.encode(found)) == found


def test_what_follows_the_first_value_is_not_looked_at() -> None:
    assert go_json.decode(b"{} and so on") == {}


@pytest.mark.parametrize("text", [b'{"a": 1', b'{"a', b"[1,", b'{"a"'])
def test_a_text_that_ends_too_early_is_an_unexpected_eof(text: bytes) -> None:
    with pytest.raises(go_json.GoJsonError, match=r"^unexpected EOF$"):
        go_json.decode(text)


def test_config_is_written_with_defaults_and_keeps_what_a_user_set(tmp_path: Path) -> None:
    file = tmp_path / "nvidia-container-runtime" / "config.toml"
    in_place = ["--quiet", "config", f"--config-file={file}", "--in-place"]
    assert ctk.main(in_place, "1.20.0") == 0
    assert file.read_text() == config.DEFAULT
    assert ctk.main([*in_place, "--set", "nvidia-container-runtime.mode=legacy"], "1.20.0") == 0
    assert ctk.main(in_place, "1.20.0") == 0
    assert config.setting(file.read_text(), "nvidia-container-runtime", "mode") == '"legacy"'
    assert file.read_text().count("\n") == config.DEFAULT.count("\n")


def test_an_unknown_setting_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["config", f"--config-file={tmp_path / 'config.toml'}", "--set", "nvidia-container-runtime.mood=good"]
    assert ctk.main(arguments, "1.20.0") == 1
    assert "invalid config option nvidia-container-runtime.mood" in capsys.readouterr().err


def test_a_commented_setting_counts_as_unset_until_it_is_set() -> None:
    assert config.setting(config.DEFAULT, "nvidia-container-cli", "no-cgroups") == ""
    text = config.changed(config.DEFAULT, ["nvidia-container-cli.no-cgroups=true"])
    assert config.setting(text, "nvidia-container-cli", "no-cgroups") == "true"


def test_the_version_is_told_as_the_real_one_tells_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert ctk.main(["--version"], "1.19.1") == 0
    assert capsys.readouterr().out.startswith("NVIDIA Container Toolkit CLI version 1.19.1\n")
