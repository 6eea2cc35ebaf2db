"""From whatever the host is to a verified one, by the commands that a user types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.before import LOOK
from tests.gpu.commands import outcomes
from tests.gpu.record import Check, Findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.gpu.trial import Trial

BARE = "! command -v dockerd && ! command -v nvidia-ctk && [ ! -e /var/lib/gpufleet/stamp.json ]"
HAS_TO_PASS = {
    "the GPUs answer": "test_platform.test_the_gpus_answer",
    "UUIDs are equal inside and outside, by --runtime=nvidia": "test_sees_the_gpus_that_it_asks_for runtime",
    "UUIDs are equal inside and outside, by CDI": "test_sees_the_gpus_that_it_asks_for cdi",
    "no GPU without the request": "test_sees_nothing_of_them_without_asking",
    "NVIDIA_VISIBLE_DEVICES=none shows no GPU": "test_sees_no_gpu_when_it_asks_for_none",
    "kernels compile": "test_cuda_image.test_kernels_compile_for_old_and_new_gpus",
    "the CUDA image shows the host's GPUs, by --runtime=nvidia": "test_the_image_shows_the_gpus runtime",
    "the CUDA image shows the host's GPUs, by CDI": "test_the_image_shows_the_gpus cdi",
    "the CUDA image has no GPU without the request": "test_the_image_has_no_gpu_without_asking",
    "the CUDA image has no GPU with NVIDIA_VISIBLE_DEVICES=none": "test_the_image_has_no_gpu_when_it_asks_for_none",
    "kernels are right in the CUDA image, by --runtime=nvidia": "test_kernels_are_right_in_the_image runtime",
    "kernels are right in the CUDA image, by CDI": "test_kernels_are_right_in_the_image cdi",
    "kernels compute the right result in the sandboxes": "test_gpu.test_kernels_compute_the_right_result",
}
"""Tests of tests/verify that say something about a real GPU, some with their parameter: skipped is not passed."""


def apply(trial: Trial) -> Findings:
    """Apply brings the host in line, as it was found; what a bare one was like is kept."""
    bare = trial.host.ask(BARE)[0] == 0
    if bare:
        trial.before.parent.mkdir(parents=True, exist_ok=True)
        trial.before.write_text(trial.host.tell(LOOK), encoding="utf-8")
    done = trial.gpufleet("apply")
    changed = Check("gpufleet apply brings the host in line", done.status == 0, done.why)
    return Findings([changed], {"bare": bare, "apply": done.figures})


def again(trial: Trial) -> Findings:
    """A second apply changes nothing."""
    done = trial.gpufleet("apply")
    nothing = Check("it changes nothing", not done.mended, "; ".join(name for name, _ in done.mended))
    return Findings([Check("it ends with 0", done.status == 0, done.why), nothing], {"apply": done.figures})


def check(trial: Trial) -> Findings:
    """Check finds nothing."""
    done = trial.gpufleet("check")
    return Findings([Check("it ends with 0", done.status == 0, done.why)], {"check": done.figures})


def verify(trial: Trial) -> Findings:
    """Verify passes, with the tests that need a real GPU."""
    junit = trial.folder / "pytest.xml"
    done = trial.gpufleet("verify", "--", f"--junitxml={junit}")
    tests = outcomes(junit.read_text(encoding="utf-8")) if junit.exists() else {}
    checks = [Check("gpufleet verify ends with 0", done.status == 0, done.why), *required(tests, trial.name)]
    figures = {"verify": done.figures, "tests": done.host.get("tests"), "not_passed": not_passed(tests)}
    return Findings(checks, figures)


def required(tests: Mapping[str, str], host: str) -> list[Check]:
    """For each test that has to pass on a GPU, whether it did. Pure.

    Args:
        tests: how each came out, by its name.
        host: name of the host.
    """
    return [_passed(claim, wanted, tests, host) for claim, wanted in HAS_TO_PASS.items()]


def not_passed(tests: Mapping[str, str]) -> dict[str, str]:
    """What else is to be known: tests that did not pass, each with the reason. Pure."""
    return {name: outcome for name, outcome in tests.items() if outcome != "passed"}


def _passed(claim: str, wanted: str, tests: Mapping[str, str], host: str) -> Check:
    function, _, parameter = wanted.partition(" ")
    ways = {f"[{parameter}-{host}]", f"[{host}-{parameter}]"} if parameter else {f"[{host}]"}
    found = [tests[name] for name in tests if any(name.endswith(f"{function}{way}") for way in ways)]
    return Check(claim, bool(found) and set(found) == {"passed"}, "; ".join(found) or "no such test was run")
