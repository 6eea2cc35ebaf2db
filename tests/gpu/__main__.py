"""`python -m tests.gpu`: the trial on a server with a real GPU."""

from __future__ import annotations

from gpufleet.run import start  # noqa: F401 - gevent's patches, before anything else

# isort: split
import json
import sys
import tempfile
from pathlib import Path

from gpufleet.inventory import InventoryError
from gpufleet.run.selection import NothingMatchedError
from tests.gpu import guard, record, seen
from tests.gpu.arguments import Options, default_state, options
from tests.gpu.host import TrialError, named
from tests.gpu.steps import STEPS
from tests.gpu.trial import Trial, begun, described, left, run

AS_CLAIMED, NOT_AS_CLAIMED, NOT_BEGUN = 0, 1, 2
FIRST, LAST = "apply", "remove"


def main() -> int:
    """Run a trial; return the exit code."""
    asked = options()
    with tempfile.TemporaryDirectory(prefix="gpufleet-trial-") as folder:
        try:
            return _tried(asked, Path(folder))
        except (TrialError, InventoryError, NothingMatchedError, record.StateError) as error:
            sys.stderr.write(f"trial: {error}\n")
            return NOT_BEGUN


def _tried(asked: Options, folder: Path) -> int:
    name, declared = named(asked.inventory, asked.limit)
    state = asked.state or default_state(name)
    before = state.with_name(f"{state.name}.before")
    if asked.fresh:
        state.unlink(missing_ok=True)
        before.unlink(missing_ok=True)
    subject = {"host": name, "bundle_sha256": str(asked.variables.get("bundle_sha256", ""))}
    known = record.resumed(state, subject)
    trial = begun(asked, name, declared, folder, before)
    try:
        _objected(trial)
        _steps(trial, known, asked, state)
    finally:
        trial.host.leave()
    return _told(known, asked)


def _steps(trial: Trial, known: record.Record, asked: Options, state: Path) -> None:
    """Run those that are left; what the host is, is looked at while it still is that."""
    known.host, there = seen.host(trial.host), True
    for step in left(known, asked):
        sys.stderr.write(f"-- {step}\n")
        if step == LAST:
            known.host, there = seen.host(trial.host), False
        result = run(trial, step, STEPS[step])
        sys.stderr.write(f"{described(result)}\n")
        known.results[step] = result
        record.save(known, state)
        if step == FIRST and not result.ok:
            sys.stderr.write("the steps behind it are left: on a host that is not in line they say nothing\n")
            break
    if there:
        known.host = seen.host(trial.host)
    record.save(known, state)


def _objected(trial: Trial) -> None:
    reasons = guard.against(trial.host)
    if reasons and not trial.options.my_own:
        raise TrialError(f"{trial.name}: {'; '.join(reasons)}. --on-a-host-of-my-own goes on all the same")


def _told(known: record.Record, asked: Options) -> int:
    document = json.dumps(known.document(STEPS), indent=2) + "\n"
    if asked.json:
        asked.json.write_text(document, encoding="utf-8")
    else:
        sys.stdout.write(document)
    results = [known.results.get(name) for name in asked.steps]
    return AS_CLAIMED if all(result and result.ok for result in results) else NOT_AS_CLAIMED


if __name__ == "__main__":
    sys.exit(main())
