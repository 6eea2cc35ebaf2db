"""`gpufleet bench`'s program in a sandbox, beside the same program outside of any container, in turn."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING, Any

from gpufleet.bench.joined import joined
from gpufleet.verify.program import piped
from tests.gpu import outside
from tests.gpu.commands import run
from tests.gpu.host import TrialError
from tests.gpu.record import Check, Findings
from tests.gpu.trial import RUNTIME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.gpu.trial import Trial

ROUNDS = 15
"""Runs in each place: what a figure of one run is off by is more than what a container costs. Of five the medians of
pageable copies still differed by a sixth between two runs in the same place (an H100 server)."""
ENOUGH = 0.98
TIMES = {"us", "ms", "s"}
"""Units of which less is better. What is measured in them is told and not judged: a launch is the host's own time in
Python, whose medians in one place lie further apart than the two places do (24 to 70 us on an H100 server)."""
MEASURED = "measured"


def inside_and_outside(trial: Trial) -> Findings:
    """In a sandbox gpufleet bench measures what the same program measures outside of one."""
    with outside.interpreter(trial.host, trial.image(), trial.options.outside_python) as python:
        fed = piped([python, "-P", "-", "--json"], joined().encode())
        places = {"inside": lambda: _by_gpufleet(trial), "outside": lambda: trial.host.answer(fed)}
        answers: dict[str, list[dict[str, Any]]] = {name: [] for name in places}
        for number in range(ROUNDS):
            for name in sorted(places, reverse=bool(number % 2)):
                answers[name].append(places[name]())
    found = {name: [medians(answer) for answer in several] for name, several in answers.items()}
    units = {key: unit for answer in answers["inside"] for key, unit in unit_of(answer).items()}
    rows = compared(found["inside"], found["outside"], units)
    return Findings(
        [*_same_packages(answers), *_complete(answers), *fast_enough(rows)],
        {"rounds": ROUNDS, "measurements": rows, "answers": answers},
    )


def _by_gpufleet(trial: Trial) -> dict[str, Any]:
    """What `gpufleet bench` finds out in a sandbox."""
    file = trial.folder / "bench.json"
    file.unlink(missing_ok=True)
    words = ["bench", "--inventory", str(trial.inventory), "--limit", trial.name, "--sandbox", RUNTIME]
    status, _, output = run([*words, "--json", str(file)])
    (host,) = json.loads(file.read_text(encoding="utf-8"))["hosts"] if file.exists() else [{}]
    if not host.get("answer"):
        raise TrialError(f"gpufleet bench ended with {status} and measured nothing: {host.get('why') or output}")
    answer: dict[str, Any] = host["answer"]
    return answer


def medians(answer: Mapping[str, Any]) -> dict[str, float]:
    """The median of each measurement of each GPU, by the GPU's UUID and its name. Pure."""
    return {key: each["median"] for key, each in _measured(answer).items()}


def unit_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """The unit of each measurement, by the same names. Pure."""
    return {key: each["unit"] for key, each in _measured(answer).items()}


def compared(
    inside: Sequence[Mapping[str, float]], outside_: Sequence[Mapping[str, float]], units: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """What a container leaves of each rate: the median of the rounds in both places, and their ratio. Pure.

    Args:
        inside: medians of each round in the sandbox.
        outside_: likewise outside.
        units: of each measurement. Of a time the ratio is outside to inside, so that less than 1 is always a loss.

    Returns:
        One row for each measurement that was made in every round in both places.
    """
    rows = {}
    for key, unit in units.items():
        if all(key in each for each in (*inside, *outside_)):
            within, without = (statistics.median(each[key] for each in several) for several in (inside, outside_))
            ratio = without / within if unit in TIMES else within / without
            rows[key] = {"unit": unit, "inside": within, "outside": without, "ratio": round(ratio, 4)}
    return rows


def _measured(answer: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    every = ((gpu, each) for gpu in answer["gpus"] for each in gpu["measurements"])
    return {f"{gpu['uuid']} {each['name']}": each for gpu, each in every if each["status"] == MEASURED}


def _same_packages(answers: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Check]:
    """A ratio of different packages would say nothing about containers."""
    kinds = {name: several[0]["packages"] for name, several in answers.items()}
    kinds = {name: {key: value for key, value in kind.items() if key != "python"} for name, kind in kinds.items()}
    return [Check("the same packages inside and outside", kinds["inside"] == kinds["outside"], str(kinds))]


def _complete(answers: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Check]:
    return [
        Check(
            f"{name}: everything is measured, with right results, in each round",
            all(answer["exit_code"] == 0 and not answer["simulated"] for answer in several),
            "; ".join(sorted({_why(answer) for answer in several})),
        )
        for name, several in answers.items()
    ]


def _why(answer: Mapping[str, Any]) -> str:
    measurements = [each for gpu in answer["gpus"] for each in gpu["measurements"]]
    reasons = [f"{each['name']} {each['status']}: {each['why']}" for each in measurements if each["status"] != MEASURED]
    return "; ".join(filter(None, [answer["why"], *reasons]))


def fast_enough(rows: Mapping[str, Mapping[str, Any]]) -> list[Check]:
    """Whether every rate is near enough to what it is outside. Pure."""
    return [
        Check(
            f"{key}: at least {ENOUGH} of what it is outside",
            row["ratio"] >= ENOUGH,
            f"{row['ratio']}: {row['inside']} {row['unit']} inside, {row['outside']} outside",
        )
        for key, row in rows.items()
        if row["unit"] not in TIMES
    ] or [Check("something was measured", ok=False)]
