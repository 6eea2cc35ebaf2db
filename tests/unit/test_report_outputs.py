"""Where reports go: arguments, files, standard output, and what can be wrong with each."""

from __future__ import annotations

import argparse
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gpufleet.report import json_document, junit
from gpufleet.report.outputs import OutputError, Outputs, add_arguments, chosen, prepare, write
from tests.unit.report_cases import clean, drifted, run

REPORT = run(clean("a"), drifted("b"))
CHECKOUT = Path(__file__).parents[2]
PRINT = """
import sys
from gpufleet.report.outputs import OutputError, Outputs, write
from tests.unit.report_cases import fleet
try:
    write(fleet(500), Outputs(json=sys.argv[1] if len(sys.argv) > 1 else None))
except OutputError as error:
    sys.exit(str(error))
"""


def parsed(*arguments: str) -> Outputs:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return chosen(parser.parse_args(arguments))


@pytest.mark.parametrize(
    ("arguments", "outputs"),
    [
        ((), Outputs()),
        (("--json",), Outputs(json="-")),
        (("--json", "-"), Outputs(json="-")),
        (("--json", "a.json", "--junit", "b.xml"), Outputs("a.json", "b.xml")),
        (("--json", "--junit", "b.xml"), Outputs("-", "b.xml")),
        (("--junit=b.xml", "--json"), Outputs("-", "b.xml")),
    ],
)
def test_without_a_file_a_report_goes_to_stdout(arguments: tuple[str, ...], outputs: Outputs) -> None:
    assert parsed(*arguments) == outputs


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--json", "--junit"), "--json and --junit cannot both go to stdout: give one of them a file"),
        (("--junit", "-", "--json"), "--json and --junit cannot both go to stdout"),
        (("--junit", "x", "--json", "x"), "--json and --junit cannot both go to x"),
        (("--json", ""), "the name of the file is empty"),
    ],
)
def test_two_reports_in_one_place_are_wrong_usage(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parsed(*arguments)
    assert said in capsys.readouterr().err


def test_wrong_usage_of_the_command_is_64() -> None:
    command = [str(Path(sys.executable).with_name("gpufleet")), "check", "--json", "--junit"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "cannot both go to stdout" in done.stderr) == (64, True)


def test_several_reports_go_to_files_and_the_terminal_s_to_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = Outputs(str(tmp_path / "a.json"), str(tmp_path / "b.xml"))
    prepare(outputs)
    write(REPORT, outputs)
    assert (tmp_path / "a.json").read_text() == json_document.text(REPORT)
    assert (tmp_path / "b.xml").read_text() == junit.text(REPORT)
    assert capsys.readouterr().out.startswith("gpufleet check: 2 hosts")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.xml"]


def test_a_report_on_stdout_takes_the_place_of_the_terminal_s(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write(REPORT, Outputs(json="-"))
    assert capfdbinary.readouterr().out.decode() == json_document.text(REPORT)


def test_what_people_have_seen_already_is_not_printed_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(REPORT, Outputs(json=str(tmp_path / "a.json")), shown=True)
    assert capsys.readouterr().out == ""
    assert (tmp_path / "a.json").exists()


def test_a_file_that_cannot_be_written_is_an_error_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in ("none/a.json", "file/a.json", ".", f"{'x' * 300}.json"):
        with pytest.raises(OutputError, match="cannot be written: "):
            prepare(Outputs(json=str(tmp_path / place)))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_command_names_the_file_and_ends_with_1_before_any_host_is_touched(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("gpufleet")), "check", "--inventory", "none.py"]
    command += ["--json", str(tmp_path / "none" / "a.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.endswith("none/a.json cannot be written: No such file or directory\n")


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode_and_a_link_stays(tmp_path: Path) -> None:
    target, link = tmp_path / "real.json", tmp_path / "link.json"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    with target.open() as reader:
        write(REPORT, Outputs(json=str(link)), shown=True)
        assert reader.read() == "old"
    assert link.is_symlink()
    assert target.read_text() == json_document.text(REPORT)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_can_be_read_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(REPORT, Outputs(json=str(tmp_path / "a.json")), shown=True)
    finally:
        assert os.umask(before) == 0o027
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o640


def test_a_device_is_written_to_and_stays_a_device(tmp_path: Path) -> None:
    null = tmp_path / "null"
    null.symlink_to(os.devnull)
    outputs = Outputs(json=str(null), junit=os.devnull)
    prepare(outputs)
    write(REPORT, outputs, shown=True)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    assert null.is_symlink()


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_a_reader_that_goes_away_gets_no_traceback(arguments: list[str]) -> None:
    command = [sys.executable, "-c", PRINT, *arguments]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 0


def test_a_full_disk_is_an_error_in_a_sentence() -> None:
    with pytest.raises(OutputError, match="/dev/full cannot be written: No space left on device"):
        write(REPORT, Outputs(json="/dev/full"), shown=True)
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-c", PRINT]
        done = subprocess.run(command, cwd=CHECKOUT, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (1, b"stdout cannot be written: No space left on device\n")
