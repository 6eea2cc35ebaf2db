"""The CUDA image on a real Docker: built once, left alone, built anew when edited, resumed, pruned, without secrets."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from pip._internal.models.index import PyPI

from roles.cuda_image import context
from tests.integration.daemon import RESTART
from tests.integration.proxy import Proxy, proxy
from tests.integration.stock_pyinfra import CHECKOUT, PYINFRA, pyinfra
from tests.lab import pip_settings
from tests.lab.product import operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

DEPLOY = Path(__file__).with_name("deploys") / "cuda_image_only.py"
BUILD, PRUNE = "CUDA image | Build the image", "CUDA image | Remove older images that nothing uses"
CANARY = "canary-7f3a9c"
"""Stands in every secret of the host; it is in nothing that Docker keeps."""
LIMIT = 1_100_000_000
COMPILE = """
from numba import cuda, float32
def double(values):
    i = cuda.grid(1)
    if i < values.size:
        values[i] *= 2
for cc in ((7, 5), (9, 0)):
    assert ".target sm_%d%d" % cc in cuda.compile_ptx(double, (float32[:],), cc=cc)[0]
print("compiled")
"""


@dataclass(frozen=True)
class Done:
    """What a run of the role came to."""

    code: int
    output: str

    @property
    def reference(self) -> str:
        """What the role handed on."""
        found = re.search(r"image: (\S+)", self.output)
        assert found, self.output
        return found[1]

    @property
    def changed(self) -> list[str]:
        """Names of the operations that changed something."""
        return [item.name for item in operations(self.output) if item.changed]


@dataclass(frozen=True)
class Builder:
    """A host that builds."""

    lab: Lab
    host: LabHost
    asked: Proxy

    def inventory(self, **variables: object) -> Path:
        """Its inventory, CUDA 12 without a GPU unless declared otherwise."""
        return self.lab.inventory([self.host], **{"platform_gpu": "none", "cuda_image_cuda": 12, **variables})

    def apply(self, **variables: object) -> Done:
        """Run the role."""
        done = pyinfra(self.inventory(**variables), DEPLOY, "-y", seconds=600)
        return Done(done.code, done.output)

    def apply_well(self, **variables: object) -> Done:
        """The same, and it must succeed."""
        done = self.apply(**variables)
        assert done.code == 0, done.output
        names = [item.name for item in operations(done.output)]
        assert [name for name in names if not name.startswith("Platform |")] == [BUILD, PRUNE], done.output
        return done

    def inspect(self, reference: str) -> Any:
        """What `docker image inspect` says."""
        return json.loads(self.host.ssh(f"docker image inspect {reference}").stdout)[0]

    def ended(self) -> None:
        """Wait until a build that nobody listens to any more has noticed: when it has something to say."""
        running = "for i in $(seq 240); do pgrep -x docker >/dev/null || exit 0; sleep 1; done; exit 1"
        self.host.ssh(running)

    @property
    def images(self) -> set[str]:
        """Every tag of ours, and the ids of untagged images."""
        shown = '{{if eq .Tag "<none>"}}{{.ID}}{{else}}{{.Repository}}:{{.Tag}}{{end}}'
        return set(self.host.ssh(f"docker images -a --format '{shown}'").stdout.split())


@contextmanager
def _at_the_hosts_loopback(host: LabHost, port: int) -> Iterator[None]:
    """What listens on this machine's loopback at `port` listens at the host's, port 3128."""
    tunnel = ["-N", "-o", "ExitOnForwardFailure=yes", "-R", f"127.0.0.1:3128:127.0.0.1:{port}"]
    ssh = host.ssh_command()
    with subprocess.Popen([*ssh[:-1], *tunnel, ssh[-1]]) as process:
        host.ssh("for i in $(seq 600); do (: </dev/tcp/127.0.0.1/3128) 2>/dev/null && exit; sleep 0.1; done; exit 1")
        yield
        process.terminate()


def _index_with_login() -> str:
    """The index that this machine's pip asks, with a login in its address."""
    configured = re.search(r"^index-url = (\S+)$", pip_settings.of_this_machine(), re.MULTILINE)
    parts = urlsplit(configured[1] if configured else PyPI.simple_url)
    return urlunsplit(parts._replace(netloc=f"user:{CANARY}-index@{parts.netloc.rpartition('@')[2]}"))


@contextmanager
def _builder(lab: Lab, host: LabHost) -> Iterator[Builder]:
    """That host, with secrets in its configuration, behind a proxy that wants a password."""
    with proxy(f"user:{CANARY}-proxy") as asked, _at_the_hosts_loopback(host, asked.port):
        address = f"http://user:{CANARY}-proxy@127.0.0.1:3128"
        host.ssh(f"echo http_proxy={address} >> /etc/environment; echo https_proxy={address} >> /etc/environment")
        pip = f"[global]\\ntrusted-host = {CANARY}-pip.example\\nextra-index-url = {_index_with_login()}\\n"
        host.ssh(f"printf '{pip}' >> /etc/pip.conf")
        login = f"machine {CANARY}.example login x password y"
        host.ssh(f"echo '{login}' > /etc/apt/auth.conf.d/90corp; echo '{login}' > /root/.netrc")
        host.ssh(f"echo '# {CANARY}-authority' >> /etc/ssl/certs/ca-certificates.crt")
        yield Builder(lab, host, asked)
    host.destroy()


@pytest.fixture(scope="module")
def builder(lab: Lab, converged_snapshot: str) -> Iterator[Builder]:
    """A host with Docker that keeps images as it does by default."""
    with _builder(lab, lab.host(from_snapshot=converged_snapshot)) as made:
        yield made


@pytest.fixture(scope="module")
def first(builder: Builder) -> Done:
    """The first run on that host, which builds."""
    return builder.apply_well()


def test_the_image_is_built_and_progress_is_shown(builder: Builder, first: Done) -> None:
    assert first.changed == [BUILD]
    for said in ("looking up the base", "apt packages: python3", "Python packages from the lock", "  numpy-2.4.6 ("):
        assert f"[{builder.host.name}] {said}" in first.output, first.output
    found = builder.inspect(first.reference)
    labels = found["Config"]["Labels"]
    assert labels["gpufleet.image"] == "cuda_image"
    assert labels["gpufleet.cuda"] == "12"
    assert first.reference == f"gpufleet/cuda:12-{labels['gpufleet.content'][:12]}"
    assert labels["gpufleet.base"] == "debian:trixie-slim"
    assert labels["gpufleet.base.digest"] in builder.host.ssh("docker image inspect debian:trixie-slim").stdout
    assert found["Size"] <= LIMIT
    environment = dict(line.split("=", 1) for line in found["Config"]["Env"])
    assert environment["PATH"].startswith("/opt/venv/bin:")
    del environment["PATH"]
    assert environment == {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "TORCH_HOME": "/app/.cache"}


def test_kernels_compile_in_it_and_its_user_can_write_where_users_do(builder: Builder, first: Done) -> None:
    run = f"docker run --rm -i --network none {first.reference}"
    assert builder.host.ssh(f"{run} python -", stdin=COMPILE).stdout == "compiled\n"
    look = 'id -u; id -g; pwd; touch /app/x /app/.cache/x "$HOME/x" && pip uninstall -qy packaging && echo wrote'
    assert builder.host.ssh(f"{run} sh -c '{look}'").stdout.split() == ["1000", "1000", "/app", "wrote"]


def test_a_second_run_changes_nothing(builder: Builder, first: Done) -> None:
    before = builder.inspect(first.reference)
    builder.host.ssh("rm -f /var/lib/gpufleet/in-progress")
    again = builder.apply_well()
    assert (again.changed, again.reference) == ([], first.reference)
    assert builder.inspect(first.reference) == before
    assert builder.host.ssh("ls /var/lib/gpufleet/in-progress", check=False).stdout == "", "nothing was begun"


def test_apt_and_pip_went_through_the_hosts_proxy_with_its_password(builder: Builder, first: Done) -> None:
    assert first.code == 0
    assert [line for line in builder.asked.served if line.startswith("GET http")], "apt"
    assert [line for line in builder.asked.served if line.startswith("CONNECT")], "pip"


def test_no_secret_of_the_host_is_in_anything_that_docker_keeps(builder: Builder, first: Done) -> None:
    _holds_no_secret(builder, first)


def _holds_no_secret(builder: Builder, first: Done) -> None:
    name = first.reference
    told = f"docker history --no-trunc {name}; docker image inspect {name}"
    # Every layer of the image, unpacked where the store keeps it packed
    everything = f"{told}; docker image save {name} | tar -x --to-command='gzip -dcf'"
    control = "sandbox:x:1000:1000"
    assert builder.host.ssh(f"({told}) | grep -ac {control}", check=False).stdout.strip() == "0"
    assert int(builder.host.ssh(f"({everything}) | grep -ac {control}").stdout) > 0, "what lies in a layer is found"
    assert builder.host.ssh(f"({everything}) | grep -ac {CANARY}", check=False).stdout.strip() == "0"
    assert (
        CANARY not in builder.host.ssh(f"docker buildx du --verbose; docker image ls -a; ls {name} 2>&1; true").stdout
    )
    assert CANARY not in first.output
    assert builder.host.ssh(f"grep -rlas {CANARY} /run /tmp /var/tmp /var/lib/gpufleet", check=False).stdout == ""


def test_an_edited_dockerfile_makes_another_image(builder: Builder, first: Done, tmp_path: Path) -> None:
    files = Path(shutil.copytree(context.FOLDER, tmp_path / "files"))
    (files / "Dockerfile").write_text((files / "Dockerfile").read_text() + "ENV EDITED=1\n")
    edited = builder.apply_well(image_files=str(files))
    assert edited.changed == [BUILD]
    assert edited.reference != first.reference
    assert "EDITED=1" in builder.inspect(edited.reference)["Config"]["Env"]


@pytest.mark.slow
def test_an_edited_lock_makes_another_image_without_downloading_again(
    builder: Builder, first: Done, tmp_path: Path
) -> None:
    files = Path(shutil.copytree(context.FOLDER, tmp_path / "files"))
    lock = files / "requirements-cuda12.lock"
    lock.write_text(lock.read_text() + "# edited\n")
    relocked = builder.apply_well(image_files=str(files))
    assert relocked.reference != first.reference
    assert "Python packages from the lock" in relocked.output
    assert "apt packages" not in relocked.output, "that step is the same"
    assert " MB)" not in relocked.output, "every file is still there"


def test_older_images_go_but_those_in_use_and_those_of_others_stay(builder: Builder, first: Done) -> None:
    builder.host.ssh(f"docker create --name job {first.reference}")
    builder.host.ssh(f"printf 'FROM {first.reference}\\nLABEL mine=1\\n' | docker build -q -t mine/training:1 -")
    names = [builder.apply_well(cuda_image_uid=uid).reference for uid in (2001, 2002)]
    builder.host.ssh(f"docker tag {names[0]} mine/alias:1")
    third = builder.apply_well(cuda_image_uid=2003, cuda_image_keep=1)
    assert third.changed == [BUILD, PRUNE]
    ours = {name for name in builder.images if name.startswith("gpufleet/")}
    assert ours == {first.reference, names[1], third.reference}
    assert {"mine/training:1", "mine/alias:1", "debian:trixie-slim"} <= builder.images
    assert names[0] not in builder.images
    builder.host.ssh("docker rm job")


@pytest.mark.slow
def test_an_existing_group_and_user_are_taken_over(builder: Builder, first: Done) -> None:
    assert first.code == 0
    taken = builder.apply_well(cuda_image_uid=2, cuda_image_gid=100)  # Debian's bin, at home in /bin, and users
    look = "id -un; id -gn; touch /app/x ~/x && echo wrote; stat -L -c %U /bin"
    assert builder.host.ssh(f"docker run --rm {taken.reference} sh -c '{look}'").stdout.split() == [
        "bin",
        "users",
        "wrote",
        "root",
    ]


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("ubuntu:22.04", "cuda_image_base: 'ubuntu:22.04': Ubuntu 22.04 brings Python 3.10"),
        ("debian:no-such-tag", "cuda_image_base: the base debian:no-such-tag cannot be pulled: .*not found"),
        pytest.param(
            "bare:1",
            "cuda_image_base: it has no apt-get: it is neither Debian nor Ubuntu. Bases that work: debian:book",
            marks=pytest.mark.slow,
        ),
        ("old:1", r"cuda_image_base: it brings Python 3\.10, and the locked packages are for 3\.11 to 3\.14"),
    ],
)
def test_a_base_that_cannot_work_is_refused_with_those_that_do(builder: Builder, base: str, said: str) -> None:
    builder.host.ssh(
        "tar -C / -c bin lib lib64 etc/passwd etc/group usr/bin/sh usr/bin/dash usr/lib/x86_64-linux-gnu/libc.so.6 "
        "usr/lib64 usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 | docker import - bare:1"
    )
    builder.host.ssh(
        'printf \'FROM debian:trixie-slim\\nRUN printf "#!/bin/sh\\\\necho 3.10\\\\n" >/usr/bin/python3 '
        "&& chmod +x /usr/bin/python3\\n' | docker build -q -t old:1 -"
    )
    before = builder.images
    done = builder.apply(cuda_image_base=base)
    assert done.code == 1
    assert re.search(said, done.output), done.output
    assert builder.images == before


@pytest.mark.slow
def test_packages_of_ones_own_are_installed_beside_the_locked_ones(
    builder: Builder, first: Done, tmp_path: Path
) -> None:
    assert first.code == 0
    own = tmp_path / "own.txt"
    own.write_text("colorama\nnumpy\n")
    constrained = "RUN echo numpy==1.26.4 >/etc/c.txt\\nENV PIP_CONSTRAINT=/etc/c.txt"  # as bases of NVIDIA's are
    builder.host.ssh(f"printf 'FROM debian:trixie-slim\\n{constrained}\\n' | docker build -q -t constrained:1 -")
    with_own = builder.apply_well(cuda_image_requirements=str(own), cuda_image_base="constrained:1")
    look = "python -c 'import colorama, numpy; print(numpy.__version__)'"
    assert builder.host.ssh(f"docker run --rm {with_own.reference} {look}").stdout == "2.4.6\n"
    own.write_text("numpy==2.5.0\n")
    refused = builder.apply(cuda_image_requirements=str(own))
    assert refused.code == 1
    assert "The user requested (constraint) numpy==2.4.6" in refused.output
    own.write_text(f"colorama==0.4.6 --hash=sha256:{'0' * 64}\n")
    tampered = builder.apply(cuda_image_requirements=str(own))
    assert tampered.code == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in tampered.output


def test_without_room_nothing_is_built(builder: Builder, first: Done) -> None:
    assert first.code == 0
    small = "mount -t tmpfs -o size=1g tmpfs /var/lib/docker"
    builder.host.ssh(f"systemctl stop docker docker.socket && {small} && {{ {RESTART}; }}")
    try:
        done = builder.apply()
        assert done.code == 1
        assert re.search(r"/var/lib/docker: 1\.\d GB \(wanted: 3\.0 GB free to build gpufleet/cuda:12-", done.output)
        assert "Make room" in done.output
    finally:
        builder.host.ssh(f"systemctl stop docker docker.socket; umount /var/lib/docker; {RESTART}")
    assert builder.apply_well().reference == first.reference


def test_a_stopped_docker_is_no_host_without_images(builder: Builder, first: Done) -> None:
    builder.host.ssh("systemctl stop docker docker.socket")
    try:
        done = builder.apply()
        assert done.code == 1
        assert f"{first.reference}: dockerd does not run" in done.output
    finally:
        builder.host.ssh(RESTART)


@pytest.mark.slow
def test_a_killed_build_leaves_nothing_and_the_next_run_takes_up_what_was_done(builder: Builder, first: Done) -> None:
    assert first.code == 0
    before = builder.images
    variables = {"cuda_image_apt_packages": ["less"], "cuda_image_keep": 9}
    command = [str(PYINFRA), "-y", str(builder.inventory(**variables)), str(DEPLOY)]
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        for line in process.stdout or ():
            if "Python packages from the lock" in line:
                break
        os.killpg(process.pid, signal.SIGKILL)
    builder.ended()
    assert builder.images == before
    assert builder.host.ssh(f"grep -rlas {CANARY} /run /tmp /var/tmp /var/lib/gpufleet", check=False).stdout == ""
    done = builder.apply_well(**variables)
    assert done.changed == [BUILD]
    assert "apt packages" not in done.output, "that step was finished before"


@pytest.mark.slow
@pytest.mark.parametrize("variables", [{"cuda_image_cuda": 13}, {"cuda_image_base": "debian:bookworm-slim"}], ids=str)
def test_other_images_compile_kernels_too(builder: Builder, variables: dict[str, object]) -> None:
    done = builder.apply_well(**variables)
    run = f"docker run --rm -i --network none {done.reference}"
    assert builder.host.ssh(f"{run} python -", stdin=COMPILE).stdout == "compiled\n"
    assert builder.inspect(done.reference)["Size"] <= LIMIT


@pytest.mark.slow
def test_where_containerd_keeps_the_images_everything_holds_too(lab: Lab, converged_snapshot: str) -> None:
    host = lab.host(from_snapshot=converged_snapshot)
    host.ssh("""echo '{"features": {"containerd-snapshotter": true}}' >/etc/docker/daemon.json""")
    host.ssh("systemctl restart docker")
    with _builder(lab, host) as builder:
        first = builder.apply_well()
        assert first.changed == [BUILD]
        assert " MB compressed in " in first.output
        assert builder.apply_well().changed == []
        _holds_no_secret(builder, first)
        host.ssh(f"docker tag {first.reference} mine/alias:1")
        second = builder.apply_well(cuda_image_uid=2001, cuda_image_keep=0)
        assert second.changed == [BUILD, PRUNE]
        assert {name for name in builder.images if name.startswith(("gpufleet/", "mine/"))} == {
            second.reference,
            "mine/alias:1",
        }
        stop = "systemctl stop docker docker.socket containerd"
        host.ssh(f"{stop} && mount -t tmpfs -o size=1g tmpfs /var/lib/containerd && systemctl start containerd docker")
        done = builder.apply()
        assert done.code == 1
        assert re.search(r"/var/lib/containerd: 1\.\d GB \(wanted: 3\.0 GB free to build", done.output), done.output
        host.ssh(f"{stop}; umount /var/lib/containerd")
