"""How long a container with a GPU takes to start, beside one without."""

from __future__ import annotations

import shlex
import statistics
from typing import TYPE_CHECKING

from gpufleet.verify.gpu_requests import OPTIONS
from tests.gpu.record import Check, Findings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.gpu.trial import Trial

REPEATS = 5
WAYS: Mapping[str, Sequence[str]] = {"plain": (), "cdi": OPTIONS["cdi"], "runtime": OPTIONS["runtime"]}


def start_times(trial: Trial) -> Findings:
    """The start of a container with a GPU, beside a plain one."""
    image = trial.image()
    commands = {name: shlex.join(["docker", "run", "--rm", *how, image, "true"]) for name, how in WAYS.items()}
    said = trial.host.tell(script(commands, REPEATS))
    medians = {name: round(statistics.median(taken), 3) for name, taken in seconds(said).items()}
    all_there = {name: len(taken) for name, taken in seconds(said).items()} == dict.fromkeys(WAYS, REPEATS)
    figures = {"repeats": REPEATS, "median_seconds": medians, "seconds": seconds(said)}
    return Findings([Check("every container started and ended well", all_there, said)], figures)


def script(commands: Mapping[str, str], repeats: int) -> str:
    """A shell script that times commands, one of each at a time, the first round not counted. Pure.

    Args:
        commands: by name.
        repeats: how often each is timed.
    """
    timed = "\n".join(
        f"begin=$(date +%s%N); {command} >&2 && echo {name} $round $(($(date +%s%N) - begin))"
        for name, command in commands.items()
    )
    rounds = " ".join(str(number) for number in range(repeats + 1))
    return f"for round in {rounds}; do\n{timed}\ndone"


def seconds(said: str) -> dict[str, list[float]]:
    """What that script prints, as seconds by name, without the first round. Pure."""
    found: dict[str, list[float]] = {}
    for name, number, nanoseconds in (line.split() for line in said.splitlines()):
        if number != "0":
            found.setdefault(name, []).append(round(int(nanoseconds) / 1e9, 3))
    return found
