"""The program of gpufleet bench: what of it needs neither numpy nor a GPU."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gpufleet.bench.document import AnswerError, checked
from gpufleet.bench.joined import joined
from gpufleet.bench.on_host import answered_within
from gpufleet.bench.program import answer as program
from gpufleet.bench.program import case, cases, limits, table, timing, vectors
from gpufleet.bench.program.answer import exit_code
from tests.unit.bench_cases import H100, answer
from tests.unit.report_cases import HOSTILE

ADD, *_, LAUNCH = cases.CASES


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program with this Python, from standard input as in a container."""
    command = [sys.executable, "-P", "-", *arguments]
    return subprocess.run(command, input=joined(), env=environment, capture_output=True, text=True, check=False)


def test_the_limits_of_an_h100_are_those_of_its_data_sheet() -> None:
    found = {name: limit.value for name, limit in limits.limits(H100).items()}
    assert found == pytest.approx({"memory": 3352.3, "float32": 66_908, "float64": 33_454, "link": 63.0}, rel=1e-3)


@pytest.mark.parametrize(
    ("gpu", "limit", "why"),
    [
        ({"memory_clock_khz": None}, "memory", "the driver does not tell the memory's clock and width"),
        ({"memory_bus_bits": None}, "memory", "the driver does not tell the memory's clock and width"),
        ({"name": "NVIDIA H100 80GB HBM3 MIG 1g.10gb"}, "memory", "part of a GPU"),
        ({"clock_khz": None}, "float32", "the driver does not tell the clock"),
        ({"multiprocessors": None}, "float64", "the number of multiprocessors"),
        ({"compute_capability": "99.1"}, "float32", "compute capability 99.1 has is not known here"),
        ({"link_generation": None}, "link", "the driver does not tell the generation and width"),
        ({"link_generation": 9}, "link", "the driver does not tell the generation and width"),
        ({"link_lanes": None}, "link", "the driver does not tell the generation and width"),
    ],
)
def test_where_a_limit_is_not_known_the_reason_stands_in_place_of_a_share(
    gpu: dict[str, Any], limit: str, why: str
) -> None:
    found = limits.compared(100.0, limits.limits({**H100, **gpu})[limit])
    assert (found["limit"], found["share"]) == (None, None)
    assert why in found["limit_words"]
    known = {name for name, each in limits.limits({**H100, **gpu}).items() if each.value is not None}
    assert known, "the other limits are still known"


def test_a_share_is_a_part_of_the_limit() -> None:
    found = limits.compared(2732.0, limits.limits(H100)["memory"])
    assert found == {"limit": 3352.3, "share": 0.815, "limit_words": "memory, 5,120 bits x 2,619 MHz x 2"}


def test_what_is_faster_than_its_limit_shows_that_the_limit_is_none() -> None:
    found = limits.compared(400.0, limits.limits(H100)["link"])
    assert (found["limit"], found["share"]) == (None, None)
    assert "measured above 63, what PCI Express 5.0 x16 would allow" in found["limit_words"]


def test_a_rate_is_the_median_with_the_slowest_and_the_fastest() -> None:
    found = timing.figures(ADD, 12.0, [0.004, 0.003, 0.006])
    assert found == {"repeats": 3, "median": 3000.0, "min": 2000.0, "max": 4000.0}


def test_a_time_is_shown_as_such() -> None:
    found = timing.figures(LAUNCH, 1e6, [0.00001, 0.00003, 0.00002])
    assert found == {"repeats": 3, "median": 20.0, "min": 10.0, "max": 30.0}


def test_the_vector_addition_takes_no_more_than_half_of_the_free_memory() -> None:
    assert vectors.fitting(80 * 10**9) == 1 << 28
    fitted = vectors.fitting(2**30)
    assert fitted % case.BLOCK == 0
    assert 2**29 - 12 * case.BLOCK < 12 * fitted <= 2**29
    with pytest.raises(case.Failure, match="6000 bytes of memory free"):
        vectors.fitting(6000)


@pytest.mark.parametrize(("status", "code"), [("measured", 0), ("wrong", 2), ("failed", 4), ("simulated", 4)])
def test_each_outcome_has_its_exit_code(status: str, code: int) -> None:
    assert answer(status, None if status in {"measured", "simulated"} else "so it is")["exit_code"] == code


def test_a_wrong_result_beside_something_that_failed_is_6() -> None:
    found = answer("wrong", "3 of 4 elements")
    found["gpus"].append({"why": "CudaAPIError: out of memory", "measurements": []})
    assert exit_code(found) == 6


@pytest.mark.parametrize("gpus", [1, 2, 8, 16])
def test_all_gpus_of_a_machine_have_time_to_be_measured_one_after_the_other(gpus: int) -> None:
    of_an_h100 = 6.4  # docs/gpu.md
    assert program.begin_within(gpus) > 30 + gpus * of_an_h100 * 2
    assert program.begin_within(gpus) < program.given_up_after(gpus) < answered_within(gpus)


def test_without_a_gpu_in_sight_there_is_time_for_one() -> None:
    assert program.given_up_after(0) == program.given_up_after(1) == 58


class Versions:
    """What a driver tells of itself."""

    @staticmethod
    def get_version() -> tuple[int, int]:
        """Of CUDA."""
        return 13, 0

    @staticmethod
    def driver() -> str:
        """Its own."""
        return "580"


class Gpu:
    """The context of a GPU."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


def test_the_last_of_eight_gpus_is_measured_as_the_first_is(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    allowed: list[float] = []

    def measured(_trial: object) -> list[float]:
        clock[0] += 0.8
        return [0.001] * case.REPEATS

    trial = case.Trial("one", lambda: None, lambda: None, work=1.0)
    cases_ = tuple(each._replace(prepare=lambda _: trial, limit="") for each in cases.CASES)
    monkeypatch.setattr(program, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(program, "cuda", SimpleNamespace(gpus=[Gpu()] * 8, synchronize=lambda: None, runtime=Versions))
    monkeypatch.setattr(program, "driver", Versions)
    monkeypatch.setattr(program, "config", SimpleNamespace())
    for name, value in {"CASES": cases_, "NOT_IMPORTED": None, "Nvml": Versions, "timed": measured}.items():
        monkeypatch.setattr(program, name, value)
    monkeypatch.setattr(program, "simulated", lambda: False)
    monkeypatch.setattr(program, "identity", dict)
    monkeypatch.setattr(program, "give_up_after", allowed.append)
    found = program.answer()
    assert found["seconds"] == pytest.approx(8 * 8 * 0.8), found["why"]
    assert exit_code(found) == 0
    assert allowed == [program.given_up_after(8)]


def test_nothing_seen_is_nothing_measured() -> None:
    assert exit_code({"why": None, "gpus": []}) == 4


def test_a_wrong_result_is_shown_without_any_rate() -> None:
    (line,) = [line for line in table.lines(answer("wrong", "3 of 9 elements")) if "vector add" in line]
    assert line == "  vector add, float32: WRONG RESULT: 3 of 9 elements"


def test_a_simulated_result_is_shown_without_any_rate() -> None:
    shown = "\n".join(table.lines(answer("simulated")))
    assert "no rates: Numba's simulator computes on the CPU" in shown
    assert shown.count("result right, no rate") == len(cases.CASES)
    assert "GB/s" not in shown
    assert "%" not in shown


def test_a_table_shows_figures_and_what_they_are_held_against() -> None:
    shown = table.lines(answer())
    header, add = next(pair for pair in pairwise(shown) if "median" in pair[0])
    assert header.split() == ["median", "min", "max", "of", "limit"]
    assert add.split()[-6:] == ["2,455", "2,250", "2,700", "GB/s", "73.2", "%"]
    assert "  limit: 3,352 GB/s = memory, 5,120 bits x 2,619 MHz x 2" in shown


def test_a_missing_limit_is_told_below_the_table() -> None:
    shown = " ".join(" ".join(table.lines(answer(compute_capability="99.1"))).split())
    assert "FMA chain, float32 has no known limit: how many lanes a multiprocessor of compute" in shown


@pytest.mark.parametrize("status", ["measured", "wrong", "failed", "simulated"])
def test_no_line_is_longer_than_100_columns(status: str) -> None:
    made = answer(status, HOSTILE if status in {"wrong", "failed"} else None, name=HOSTILE, compute_capability="99.1")
    assert max(len(line) for line in table.lines(made)) <= 100


@pytest.mark.parametrize(
    ("value", "shown"), [(66_908.4, "66,908"), (1000.0, "1,000"), (50.84, "50.8"), (6.7449, "6.74"), (0.123, "0.12")]
)
def test_numbers_have_three_digits_at_least(value: float, shown: str) -> None:
    assert table.number(value) == shown


def test_without_the_packages_the_answer_is_json_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise ImportError('numpy is broken\\nhere')\n")
    done = run("--json", PYTHONPATH=str(tmp_path))
    found = checked(json.loads(done.stdout))
    assert (done.returncode, found["exit_code"], found["gpus"]) == (4, 4, [])
    assert found["why"] == "ImportError: numpy is broken here"


def test_for_people_the_reason_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise ImportError('numpy is broken here')\n")
    done = run(PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        4,
        "  could not be measured: ImportError: numpy is broken here",
    )


def test_no_two_modules_of_the_program_give_a_name_to_different_things() -> None:
    folder = Path(case.__file__).parent
    names = [name for module in folder.glob("*.py") for name in _given(ast.parse(module.read_text(encoding="utf-8")))]
    assert len(names) > len(cases.CASES)
    assert [name for name, count in Counter(names).items() if count > 1] == []


def _given(module: ast.Module) -> set[str]:
    """The names that a module gives at its top, other than by importing them."""
    targets = [target for each in module.body if isinstance(each, ast.Assign) for target in each.targets]
    assigned = {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    return assigned | {each.name for each in module.body if isinstance(each, ast.FunctionDef | ast.ClassDef)}


def test_as_one_file_the_program_takes_nothing_from_this_checkout() -> None:
    running = [each for each in ast.parse(joined()).body if isinstance(each, ast.Import | ast.ImportFrom)]
    taken = {each.module or "" if isinstance(each, ast.ImportFrom) else each.names[0].name for each in running}
    assert {"__future__", "json"} <= taken
    assert not [name for name in taken if name.startswith("gpufleet")]


def test_joined_every_function_of_the_program_is_there_once() -> None:
    here = Counter(each.name for each in ast.parse(joined()).body if isinstance(each, ast.FunctionDef | ast.ClassDef))
    assert {"main", "vector_add", "fma_chain", "copy", "limits", "answer", "lines"} <= set(here)
    assert set(here.values()) == {1}


def test_wrong_usage_is_64() -> None:
    done = run("--jsn")
    assert (done.returncode, done.stdout) == (64, "")
    assert "unrecognized arguments: --jsn" in done.stderr


@pytest.mark.parametrize("status", ["measured", "wrong", "failed", "simulated"])
def test_what_the_program_answers_fits_the_schema(status: str) -> None:
    made = answer(status, "because" if status in {"wrong", "failed"} else None)
    assert checked(made) == made


@pytest.mark.parametrize("spoilt", [{"more": 1}, {"gpus": None}, {"schema_version": "2.0"}, {"exit_code": 1}])
def test_another_answer_is_refused(spoilt: dict[str, Any]) -> None:
    with pytest.raises(AnswerError, match="not understood"):
        checked({**answer(), **spoilt})


@pytest.mark.parametrize("spoilt", [{"status": "wrong"}, {"status": "simulated"}, {"median": None}, {"repeats": 19}])
def test_the_schema_has_no_place_for_a_rate_that_was_not_measured_rightly(spoilt: dict[str, Any]) -> None:
    made = answer()
    made["gpus"][0]["measurements"][0] |= spoilt
    with pytest.raises(AnswerError):
        checked(made)
