"""Tests of a verification that are about images: one for each image of each host."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from gpufleet.verify.named import test_id as named

CHECKOUT = Path(__file__).resolve().parents[2]
ASKED = ("tests/verify/test_cuda_image_gpus.py", "tests/verify/test_docker_engine.py")


def collected(folder: Path, **more: dict[str, dict[str, str]]) -> set[str]:
    """The tests that would run on hosts with these images, from `test_…`; nothing is connected to."""
    inventory = folder / "inventory.py"
    hosts = [(name, {"ssh_hostname": "192.0.2.1", "cuda_image_more": images}) for name, images in more.items()]
    inventory.write_text(f"gpu = {hosts!r}\n", encoding="utf-8")
    plugins = ("-p", "gpufleet.verify.plugin", "-p", "no:cacheprovider")
    words = [sys.executable, "-m", "pytest", *plugins, "--collect-only", "-q", f"--inventory={inventory}", *ASKED]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return {line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line}


def of_images(tests: set[str], host: str) -> set[str]:
    """What a report calls those tests of a host that are about one image."""
    mine = {test for test in tests if test.removesuffix("]").endswith((f"-{host}", f"[{host}"))}
    return {
        named(f"file::{test}", host) for test in mine if test.startswith("test_the_image_has_no_gpu_without_asking")
    }


def test_each_image_is_a_test_of_its_own_on_the_hosts_that_declare_it(tmp_path: Path) -> None:
    tests = collected(tmp_path, one={"devel": {"variant": "devel"}}, two={}, three={"ml": {}, "devel": {}})
    name = "test_the_image_has_no_gpu_without_asking"
    assert of_images(tests, "one") == {f"{name}[unnamed]", f"{name}[devel]"}
    assert of_images(tests, "two") == {f"{name}[unnamed]"}
    assert of_images(tests, "three") == {f"{name}[unnamed]", f"{name}[ml]", f"{name}[devel]"}
    ways = {
        named(f"file::{test}", "one") for test in tests if test.startswith("test_the_image_shows") and "-one]" in test
    }
    assert ways == {
        f"test_the_image_shows_the_gpus[{image}-{way}]" for image in ("unnamed", "devel") for way in ("runtime", "cdi")
    }


def test_where_no_host_declares_others_a_test_of_the_image_is_called_after_the_host_alone(tmp_path: Path) -> None:
    tests = collected(tmp_path, one={}, two={})
    assert {"test_the_image_has_no_gpu_without_asking[one]", "test_the_image_has_no_gpu_without_asking[two]"} <= tests
