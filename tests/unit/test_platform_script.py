"""The reading script itself, run by the POSIX shells of this machine."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gpufleet.facts.access import AccessFacts
from gpufleet.facts.platform import PlatformFacts
from gpufleet.platform import Gpu, Platform, RootAccess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
GPU = "GPU-6477e59d-48bd-9baa-eb8b-0e7868923ddd"


def run(script: str, shell: str = "sh", path: Path | None = None) -> list[str]:
    """Standard output of a script that must succeed and say nothing on standard error."""
    command = [shell, "sh"] if shell == "busybox" else [shell]
    search = f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]
    done = subprocess.run(
        [*command, "-c", script], capture_output=True, text=True, check=True, timeout=60, env={"PATH": search}
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def read(shell: str = "sh", path: Path | None = None, seconds: int = 10) -> Platform:
    facts = PlatformFacts()
    return facts.process(run(facts.command(gpu_seconds=seconds), shell, path))


def program(folder: Path, name: str, text: str) -> None:
    """Put a program in front of the search path; what it prints is constructed."""
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def rootlesskit(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Starts a process of that name with these words behind its own."""
    shutil.copy(os.path.realpath("/bin/sh"), tmp_path / "rootlesskit")
    with ExitStack() as started:

        def start(words: str) -> None:
            command = [str(tmp_path / "rootlesskit"), "-c", "read -r line", *words.split()]
            started.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE))

        yield start


@pytest.mark.parametrize("shell", SHELLS)
def test_this_machine_is_read_alike_by_every_shell(shell: str) -> None:
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    platform = read(shell)
    assert platform.distribution == release["ID"].strip('"')
    assert platform.version == release.get("VERSION_ID", "").strip('"')
    assert (platform.access.uid, platform.access.gid) == (os.getuid(), os.getgid())
    assert platform.access.home == pwd.getpwuid(os.getuid()).pw_dir
    assert platform.systemd == Path("/run/systemd/system").is_dir()
    free = shutil.disk_usage(_existing(Path(platform.docker_root))).free
    assert platform.docker_root_free_bytes == pytest.approx(free, rel=0.05)


def _existing(path: Path) -> Path:
    return path if path.is_dir() else _existing(path.parent)


def test_an_nvidia_smi_in_the_path_is_asked(tmp_path: Path) -> None:
    program(tmp_path, "nvidia-smi", f'echo "{GPU}, 580.159.04, 9.0, NVIDIA H100 80GB HBM3"')
    platform = read(path=tmp_path)
    assert platform.nvidia_smi == f"{tmp_path}/nvidia-smi"
    assert platform.gpus == (
        Gpu(name="NVIDIA H100 80GB HBM3", uuid=GPU, driver_version="580.159.04", compute_capability="9.0"),
    )


def test_an_nvidia_smi_that_does_not_know_compute_cap_is_asked_without(tmp_path: Path) -> None:
    program(
        tmp_path,
        "nvidia-smi",
        'case $1 in *compute_cap*) echo "Field \\"compute_cap\\" is not a valid field to query."; exit 2;; esac\n'
        f'echo "{GPU}, 470.256.02, Tesla K80"',
    )
    platform = read(path=tmp_path)
    assert platform.gpus == (Gpu(name="Tesla K80", uuid=GPU, driver_version="470.256.02"),)


def test_an_nvidia_smi_that_fails_is_quoted(tmp_path: Path) -> None:
    program(tmp_path, "nvidia-smi", 'echo "Failed to initialize NVML: Driver/library version mismatch"; exit 18')
    platform = read(path=tmp_path)
    assert platform.gpus == ()
    assert platform.gpu_error == "Failed to initialize NVML: Driver/library version mismatch"


def test_an_nvidia_smi_that_no_signal_ends_does_not_hold_up_the_run(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    program(tmp_path, "nvidia-smi", f"trap '' TERM INT HUP\necho $$ >{mark}\nexec sleep 3600")
    began = time.monotonic()
    platform = read(path=tmp_path, seconds=1)
    assert time.monotonic() - began < 50
    assert platform.gpu_error == "nvidia-smi gave no answer within 1 s"
    os.kill(int(mark.read_text()), 9)


def test_whoever_has_no_use_for_gpus_does_not_wait_for_them(tmp_path: Path) -> None:
    program(tmp_path, "nvidia-smi", f"touch {tmp_path}/asked")
    assert read(path=tmp_path, seconds=0).nvidia_smi is None
    assert not (tmp_path / "asked").exists()


def test_no_temporary_files_are_left(tmp_path: Path) -> None:
    program(tmp_path, "nvidia-smi", "exit 9")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    script = PlatformFacts().command()
    run(f"export TMPDIR={temporary}\n{script}", path=tmp_path)
    assert list(temporary.iterdir()) == []


def test_a_rootlesskit_is_dockers_only_where_it_runs_dockerd(rootlesskit: Callable[[str], None]) -> None:
    def rootless() -> bool:
        docker = read(seconds=0).docker
        return docker is not None and docker.rootless

    rootlesskit("--net=host buildkitd --oci-worker-no-process-sandbox")
    rootlesskit("--state-dir=/run/user/1000/containerd-rootless /usr/local/bin/containerd-rootless.sh")
    assert not rootless()
    rootlesskit("--net=slirp4netns --copy-up=/etc --copy-up=/run /usr/bin/dockerd-rootless.sh --storage-driver=vfs")
    assert rootless()


@pytest.mark.parametrize(
    ("sudo", "access"),
    [
        ("exit 0", RootAccess.SUDO),
        ('echo "sudo: a password is required" >&2; exit 1', RootAccess.PASSWORD),
        ('echo "Sorry, user x may not run sudo on y." >&2; exit 1', RootAccess.DENIED),
    ],
)
def test_an_ordinary_user_s_way_to_root_is_found(tmp_path: Path, sudo: str, access: RootAccess) -> None:
    program(tmp_path, "id", "echo 'uid=1000(ops) gid=1000(ops) groups=1000(ops),27(sudo)'")
    program(tmp_path, "sudo", sudo)
    facts = AccessFacts()
    found = facts.process(run(facts.command(), path=tmp_path))
    assert (found.uid, found.user, found.administrator) == (1000, "ops", True)
    assert found.root_access is access


@pytest.mark.parametrize("shell", SHELLS)
def test_what_windows_and_its_file_say_is_read_whatever_the_kernel_is_called(shell: str, tmp_path: Path) -> None:
    (tmp_path / "Users/me").mkdir(parents=True)
    timers = "[general]\r\ninstanceIdleTimeout = -1\r\n[wsl2]\r\nvmIdleTimeout=-1\r\n"
    (tmp_path / "Users/me/.wslconfig").write_text(timers)
    (tmp_path / "wsl.conf").write_bytes("# für Docker\r\n[boot]\r\nsystemd=true\r\n".encode("latin-1"))
    text = PlatformFacts().command(gpu_seconds=0)
    for path, other in (("/mnt/c/", f"{tmp_path}/"), ("/etc/wsl.conf", f"{tmp_path}/wsl.conf")):
        assert path in text
        text = text.replace(path, other)
    platform = PlatformFacts().process(run(text, shell))
    assert platform.kept_running
    assert platform.systemd_on


def test_comments_are_not_sent_to_hosts() -> None:
    assert not [line for line in PlatformFacts().command().splitlines() if line.lstrip().startswith("#")]
