"""The trial on GPU servers: what it makes of answers, without a host."""

from __future__ import annotations

import argparse
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from gpufleet.run.connect import load
from tests.gpu import CHECKOUT, guard, inventory, outside, record, seen
from tests.gpu.arguments import options, variable
from tests.gpu.commands import ids, outcomes
from tests.gpu.record import Check, Record, Result, StateError
from tests.gpu.steps import ASKED_FOR, STEPS
from tests.gpu.steps.bench import compared, fast_enough
from tests.gpu.steps.drift import without_runtime
from tests.gpu.steps.gpus import right_on
from tests.gpu.steps.provision import HAS_TO_PASS, not_passed, required
from tests.gpu.steps.start import script, seconds
from tests.gpu.trial import left

if TYPE_CHECKING:
    from pathlib import Path

SUBJECT = {"host": "gpu1", "bundle_sha256": ""}


def result(step: str, *, ok: bool = True, ended_early: str | None = None) -> Result:
    return Result(step, "2026-11-22T12:00:00+00:00", 1.5, [Check("a claim", ok)], {"n": 1}, ended_early)


def test_only_containers_of_gpufleet_and_an_idle_gpu_are_no_objection() -> None:
    assert guard.objections((0, "training|training\nnotebook|notebook"), (0, "")) == []
    assert guard.objections((0, ""), (0, "No running processes found")) == []


def test_a_container_that_is_not_gpufleets_speaks_against_a_trial() -> None:
    assert guard.objections((0, "training|training\n|postgres"), (0, "")) == [
        "containers that are not gpufleet's run there: postgres"
    ]


def test_processes_that_compute_speak_against_a_trial() -> None:
    assert guard.objections((0, ""), (0, "4711, python\n")) == ["processes compute on its GPUs: 4711, python"]


def test_what_is_not_known_speaks_against_a_trial() -> None:
    asleep = guard.objections((1, "Cannot connect to the Docker daemon"), (0, ""))
    assert asleep == ["it is not known which containers run there: Cannot connect to the Docker daemon"]
    assert guard.objections((124, ""), (0, "")) == ["it is not known which containers run there: exit code 124"]
    broken = "Failed to initialize NVML: Driver/library version mismatch"
    assert guard.objections((0, ""), (18, broken)) == [f"it is not known what computes on its GPUs: {broken}"]
    (told,) = guard.objections((0, ""), (0, "4711, python\n[Insufficient Permissions], x"))
    assert told.startswith("it is not known what computes on its GPUs: ")


def test_a_step_is_as_claimed_only_with_claims_and_to_its_end() -> None:
    assert result("apply").ok
    assert not result("apply", ok=False).ok
    assert not result("apply", ended_early="connection lost").ok
    assert not Result("apply", "", 0, [], {}).ok


def test_a_record_is_found_again(tmp_path: Path) -> None:
    known = Record(SUBJECT, {"apply": result("apply")}, {"kernel": "Linux"})
    record.save(known, tmp_path / "state.json")
    assert record.resumed(tmp_path / "state.json", SUBJECT) == known


def test_without_a_record_a_trial_begins(tmp_path: Path) -> None:
    assert record.resumed(tmp_path / "none.json", SUBJECT) == Record(SUBJECT)


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"subject": SUBJECT, "results": {"apply": 1}, "host": {}})])
def test_what_is_no_record_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "state.json").write_text(content)
    with pytest.raises(StateError, match="not the record of a trial"):
        record.resumed(tmp_path / "state.json", SUBJECT)


def test_the_record_of_another_host_is_refused(tmp_path: Path) -> None:
    record.save(Record(SUBJECT), tmp_path / "state.json")
    with pytest.raises(StateError, match="--fresh"):
        record.resumed(tmp_path / "state.json", {**SUBJECT, "host": "gpu2"})


def test_the_document_says_what_is_missing() -> None:
    known = Record(SUBJECT, {"check": result("check"), "apply": result("apply")})
    document = known.document(["apply", "check", "verify"])
    assert [step["step"] for step in document["steps"]] == ["apply", "check"]
    assert (document["ok"], document["missing"], document["seconds"]) == (True, ["verify"], 3.0)


def test_a_trial_that_is_resumed_leaves_out_what_went_well() -> None:
    known = Record(SUBJECT, {"apply": result("apply"), "check": result("check", ok=False)})
    assert left(known, options(["--steps", "check", "apply", "verify"])) == ["check", "verify"]
    assert left(known, options(["--steps", "check", "apply", "--again"])) == ["apply", "check"]


def test_all_steps_are_run_in_their_order_unless_some_are_named() -> None:
    assert options([]).steps == tuple(name for name in STEPS if name not in ASKED_FOR)
    assert options(["--steps", "tidy", "cuda12"]).steps == ("cuda12", "tidy")


def test_a_setting_is_json_or_a_text() -> None:
    assert variable('docker_engine_packages=["docker-cli"]') == ("docker_engine_packages", ["docker-cli"])
    assert variable("docker_engine_source=distribution") == ("docker_engine_source", "distribution")
    with pytest.raises(argparse.ArgumentTypeError):
        variable("docker_engine_source")


def test_a_bundle_becomes_settings(tmp_path: Path) -> None:
    given = options(["--bundle", str(tmp_path), "--bundle-sha256", "0" * 64]).variables
    assert given == {"bundle_path": str(tmp_path), "bundle_sha256": "0" * 64}
    there = options(["--bundle", "/srv/bundle", "--bundle-sha256", "0" * 64, "--bundle-on-host"]).variables
    assert there == {"bundle_path": "/srv/bundle", "bundle_sha256": "0" * 64, "bundle_location": "host"}


def test_settings_of_a_trial_stand_before_those_of_the_inventory(tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "group_data").mkdir(parents=True)
    (own / "group_data" / "gpus.py").write_text("from_group = 'group'\nasked = 'group'\n")
    (own / "inventory.py").write_text("import os\ngpus = ['gpu1', ('gpu2', {'asked': 'host'})]\n_no_group = ['x']\n")
    file = inventory.write(tmp_path / "trial", str(own / "inventory.py"), "gpu1", {"asked": "trial"})
    hosts = load(str(file), checkout=CHECKOUT).hosts
    assert list(hosts) == ["gpu1", "gpu2"]
    assert (hosts["gpu1"].data.asked, hosts["gpu1"].data.from_group) == ("trial", "group")
    assert hosts["gpu2"].data.asked == "host"


def test_a_host_that_is_named_alone_is_an_inventory_too(tmp_path: Path) -> None:
    file = inventory.write(tmp_path, "@local", "@local", {"asked": "trial"})
    ((name, host),) = load(str(file), checkout=CHECKOUT).hosts.items()
    assert (name, host.data.asked) == ("@local", "trial")


def test_findings_are_told_by_id_and_class() -> None:
    finding = {"id": "docker-engine.x", "class": "version"}
    assert ids([finding, finding, {"id": "sandbox.y", "class": "config"}]) == [
        ("docker-engine.x", "version"),
        ("sandbox.y", "config"),
    ]


JUNIT = """<testsuites><testsuite>
<testcase classname="tests.verify.test_gpu" name="test_a[gpu1]"/>
<testcase classname="tests.verify.test_gpu" name="test_b[gpu1-cdi]"><failure message="no GPU">...</failure></testcase>
<testcase classname="tests.verify.test_gpu" name="test_c[gpu1]"><skipped message="simulated"/></testcase>
</testsuite></testsuites>"""


def test_tests_are_passed_failed_or_skipped_with_a_reason() -> None:
    assert outcomes(JUNIT) == {
        "test_gpu.test_a[gpu1]": "passed",
        "test_gpu.test_b[gpu1-cdi]": "failed: no GPU",
        "test_gpu.test_c[gpu1]": "skipped: simulated",
    }


def named_as_by_pytest(host: str) -> dict[str, str]:
    """Every test that has to pass, passed."""
    wanted = (claim.partition(" ") for claim in HAS_TO_PASS.values())
    return {
        f"test_x.{name}[{parameter}-{host}]" if parameter else f"test_x.{name}[{host}]": "passed"
        for name, _, parameter in wanted
    }


def test_skipped_is_not_passed_where_a_gpu_is_needed() -> None:
    tests = named_as_by_pytest("gpu-cdi")
    assert all(check.ok for check in required(tests, "gpu-cdi"))
    for name in tests:
        without = required({**tests, name: "skipped: simulated"}, "gpu-cdi")
        assert [check.seen for check in without if not check.ok] == ["skipped: simulated"]


def test_a_test_that_was_not_run_is_not_passed() -> None:
    assert not any(check.ok for check in required({}, "gpu1"))


def test_what_did_not_pass_is_kept_with_its_reason() -> None:
    assert list(not_passed(outcomes(JUNIT))) == ["test_gpu.test_b[gpu1-cdi]", "test_gpu.test_c[gpu1]"]


def test_the_tests_that_have_to_pass_are_there() -> None:
    texts = "".join(path.read_text() for path in (CHECKOUT / "tests" / "verify").glob("test_*.py"))
    names = {wanted.partition(" ")[0].rpartition(".")[2] for wanted in HAS_TO_PASS.values()}
    assert [name for name in names if f"def {name}(" not in texts] == []


def test_daemon_json_keeps_everything_but_the_runtime() -> None:
    text = '{"runtimes": {"nvidia": {"path": "x"}, "other": {"path": "y"}}, "live-restore": true}'
    assert json.loads(without_runtime(text)) == {"runtimes": {"other": {"path": "y"}}, "live-restore": True}
    assert json.loads(without_runtime("{}")) == {}


def test_commands_are_timed_in_turn_and_the_first_round_does_not_count() -> None:
    said = subprocess.run(
        ["sh", "-c", script({"plain": "sleep 0.02", "cdi": "true"}, 2)], capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[:2] for line in said.splitlines()[:2]] == [["plain", "0"], ["cdi", "0"]]
    taken = seconds(said)
    assert {name: len(each) for name, each in taken.items()} == {"plain": 2, "cdi": 2}
    assert min(taken["plain"]) >= 0.02


def test_a_command_that_fails_leaves_no_time() -> None:
    said = subprocess.run(["sh", "-c", script({"plain": "false"}, 1)], capture_output=True, text=True, check=False)
    assert seconds(said.stdout) == {}


def test_less_is_better_for_times_and_more_for_rates() -> None:
    units = {"gpu add": "GB/s", "gpu launch": "us"}
    inside = [
        {"gpu add": 90.0, "gpu launch": 11.0},
        {"gpu add": 100.0, "gpu launch": 12.0},
        {"gpu add": 98.0, "gpu launch": 10.0},
    ]
    out = [{"gpu add": 100.0, "gpu launch": 10.0}] * 3
    rows = compared(inside, out, units)
    assert rows["gpu add"] == {"unit": "GB/s", "inside": 98.0, "outside": 100.0, "ratio": 0.98}
    assert rows["gpu launch"]["ratio"] == pytest.approx(10 / 11, abs=1e-4)


def test_rates_are_judged_and_times_are_told() -> None:
    slow = {"unit": "GB/s", "inside": 97.0, "outside": 100.0, "ratio": 0.97}
    late = {"unit": "us", "inside": 40.0, "outside": 30.0, "ratio": 0.75}
    (judged,) = fast_enough({"gpu add": slow, "gpu launch": late})
    assert not judged.ok
    assert "gpu add" in judged.claim


def test_what_is_missing_in_one_round_is_not_compared() -> None:
    assert compared([{"gpu add": 1.0}, {}], [{"gpu add": 1.0}] * 2, {"gpu add": "GB/s"}) == {}


def kernels(*, ok: bool = True, simulated: bool = False, right: bool = True, uuid: str = "GPU-1") -> dict[str, object]:
    return {"ok": ok, "simulated": simulated, "devices": [{"uuid": uuid, "kernels": [{"right": right}]}]}


def test_kernels_are_right_on_exactly_the_gpus_of_the_host() -> None:
    assert right_on(kernels(), {"GPU-1"})
    assert not right_on(kernels(uuid="GPU-2"), {"GPU-1"})
    assert not right_on(kernels(right=False), {"GPU-1"})
    assert not right_on(kernels(simulated=True), {"GPU-1"})
    assert not right_on({"ok": False, "error": {}}, {"GPU-1"})


def test_the_images_python_is_started_by_its_own_loader() -> None:
    layout = "/opt/venv/bin/python /usr/bin/python3.13 /usr /lib64/ld-linux-x86-64.so.2 x86_64-linux-gnu"
    path, text = outside.launcher(layout, "/copy")
    assert path == "/copy/opt/venv/bin/python"
    assert "PYTHONHOME=/copy/usr " in text
    words = text.splitlines()[-1].split()
    assert words[:4] == ["exec", "/copy/lib64/ld-linux-x86-64.so.2", "--argv0", '"$0"']
    assert words[4:] == [
        *("--library-path", "/copy/usr/lib/x86_64-linux-gnu:/copy/usr/lib"),
        *("/copy/usr/bin/python3.13", '"$@"'),
    ]


def test_gpus_are_read_off_nvidia_smis_table() -> None:
    assert seen.gpus("GPU-1, NVIDIA H100 80GB HBM3\nGPU-2, NVIDIA H100 80GB HBM3\n", ["uuid", "name"]) == [
        {"uuid": "GPU-1", "name": "NVIDIA H100 80GB HBM3"},
        {"uuid": "GPU-2", "name": "NVIDIA H100 80GB HBM3"},
    ]
