"""What was measured, as `schema.json` beside this package describes it."""

from __future__ import annotations

import faulthandler
import time
from typing import TYPE_CHECKING, Any

from gpufleet.bench.program.case import Case, Failure, Trial
from gpufleet.bench.program.cases import CASES
from gpufleet.bench.program.identity import Nvml, dotted, identity, packages, simulated
from gpufleet.bench.program.imported import NOT_IMPORTED, config, cuda, driver
from gpufleet.bench.program.limits import compared, limits
from gpufleet.bench.program.timing import by_clock, figures, timed

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA_VERSION = "1.0"
"""The second number grows when something is added, the first when something that was there is gone or means another."""
WRONG, UNMEASURED = 2, 4
"""Exit codes."""
START_SECONDS, GPU_SECONDS = 35, 15
"""What it takes at most until GPUs answer, and for each of them: an H100 takes 6.4 s."""
LAST_SECONDS = 8
"""For the measurement that was begun last; then whatever hangs is ended."""


def begin_within(gpus: int) -> int:
    """Seconds after which nothing more is begun.

    Args:
        gpus: how many are measured, one after the other.
    """
    return START_SECONDS + GPU_SECONDS * max(gpus, 1)


def given_up_after(gpus: int) -> int:
    """Seconds after which the program ends whatever hangs.

    Args:
        gpus: how many are measured.
    """
    return begin_within(gpus) + LAST_SECONDS


def give_up_after(seconds: float) -> None:
    """End the process then, whatever hangs, with what it was doing on standard error; a later call replaces this one.

    Args:
        seconds: from now.
    """
    faulthandler.dump_traceback_later(seconds, exit=True)


def one(case: Case, gpu: Mapping[str, Any], end: float) -> dict[str, Any]:
    """One measurement, whatever becomes of it."""
    found: dict[str, Any] = {"name": case.name, "title": case.title, "unit": case.unit, "status": None}
    found |= dict.fromkeys(("why", "size", "repeats", "median", "min", "max", "limit", "share", "limit_words"))
    try:
        in_time(end)
        trial = case.prepare(gpu)
        return found | {"size": trial.size} | outcome(case, trial, gpu)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are still measured
        return found | {"status": "failed", "why": reason(error)}


def in_time(end: float) -> None:
    """Refuse to begin anything when the time is over."""
    if time.monotonic() > end:
        raise Failure("not begun, because the time that all GPUs of this machine may take together is over")


def outcome(case: Case, trial: Trial, gpu: Mapping[str, Any]) -> dict[str, Any]:
    """What a trial came to: no figure without a right result."""
    cuda.synchronize()
    seconds = [by_clock(trial.run)] if simulated() else timed(trial)
    if why := trial.wrong():
        return {"status": "wrong", "why": why}
    if simulated():
        return {"status": "simulated"}
    made = figures(case, trial.work, seconds)
    return {"status": "measured", **made, **(compared(made["median"], limits(gpu)[case.limit]) if case.limit else {})}


def on_gpu(context: Any, end: float) -> dict[str, Any]:  # noqa: ANN401 - Numba's
    """All measurements of one GPU."""
    found: dict[str, Any] = {"why": None}
    measurements: list[dict[str, Any]] = []
    try:
        with context:
            found |= identity()
            measurements += (one(case, found, end) for case in CASES)
    except Exception as error:  # noqa: BLE001 - one GPU that is broken must not hide the others
        found["why"] = reason(error)
    return found | {"measurements": measurements}


def answer() -> dict[str, Any]:
    """What was measured, as `schema.json` describes it."""
    begun = time.monotonic()
    found: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "simulated": False, "why": None, "packages": packages()}
    found |= {"driver": None, "driver_cuda": None, "runtime": None, "gpus": []}
    try:
        measure(found, begun)
    except Exception as error:  # noqa: BLE001 - the answer tells it, whatever fails: a package, a driver
        found["why"] = reason(error)
    return found | {"seconds": round(time.monotonic() - begun, 3), "exit_code": exit_code(found)}


def measure(found: dict[str, Any], begun: float) -> None:
    """Write into an answer what there is and how fast it is."""
    if NOT_IMPORTED:
        raise NOT_IMPORTED
    config.CUDA_LOW_OCCUPANCY_WARNINGS = 0  # launches of one thread are meant
    found["simulated"] = simulated()
    if not simulated():
        found |= {"driver": Nvml().driver(), "runtime": dotted(cuda.runtime.get_version())}
        found["driver_cuda"] = dotted(driver.get_version())
    contexts = list(cuda.gpus)
    end = begun + begin_within(len(contexts))
    give_up_after(end + LAST_SECONDS - time.monotonic())
    found["gpus"] = [on_gpu(context, end) for context in contexts]
    if not found["gpus"]:
        raise Failure("no GPU is visible here")


def exit_code(found: Mapping[str, Any]) -> int:
    """0 all is measured; 2 a result is wrong; 4 something was not measured; 6 both.

    Args:
        found: an answer.
    """
    states = {each["status"] for gpu in found["gpus"] for each in gpu["measurements"]}
    missing = found["why"] or any(gpu["why"] for gpu in found["gpus"]) or not states or states - {"measured", "wrong"}
    return (WRONG if "wrong" in states else 0) | (UNMEASURED if missing else 0)


def reason(error: BaseException) -> str:
    """An exception in one line."""
    said = " ".join(str(error).split())
    return said if isinstance(error, Failure) else f"{type(error).__name__}: {said}"
