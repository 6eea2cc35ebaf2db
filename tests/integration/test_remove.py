"""Taking back what apply did: what goes, what is never touched, and what is said of what stays."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gpufleet.facts.authorities import LINKS, PREFIX
from tests.integration.checked import applied, check_host, removed
from tests.integration.removal import notices, remedies, trusting, unsaid
from tests.integration.state import around, everything
from tests.lab import product
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

SANDBOX = "python_sandbox"
PENDING = frozenset({("sandbox.remove-the-sandboxes", "pending")})
TRUSTED, BUNDLE = f"{LINKS}/{PREFIX}company.pem", f"{LINKS}/ca-certificates.crt"
PROGRAMS = "command -v docker dockerd nvidia-ctk; ls -d /var/lib/gpufleet"
SESSION = f"docker exec -d {SANDBOX} sleep 1000; sleep 1"


@pytest.fixture(scope="module")
def host(lab: Lab, gpu_converged_snapshot: str) -> Iterator[LabHost]:
    """A host with a GPU, an image and a sandbox, from which nothing goes in these tests."""
    made = lab.host(from_snapshot=gpu_converged_snapshot)
    yield made
    made.destroy()


def test_a_look_says_what_would_go_and_moves_nothing(lab: Lab, host: LabHost) -> None:
    before = everything(host)
    done = removed(lab.inventory([host]), "--check", "--containers", ask=True)
    assert done.status == 2, done.output
    gone = {each["resource"] for each in done.hosts[host.name]["findings"]}
    wanted = {f"sandbox {SANDBOX}", "docker-ce", "nvidia-container-toolkit", "/etc/apt/keyrings/docker.asc"}
    assert wanted <= gone, done.words
    assert [remedy for remedy in remedies(done) if "apply" in remedy] == []
    assert "Remove: gpufleet remove --containers --inventory" in " ".join(done.output.replace("\\\n", "").split())
    assert sorted(set(before) ^ set(everything(host))) == []


def test_without_consent_a_host_with_a_sandbox_keeps_everything(lab: Lab, host: LabHost) -> None:
    before = everything(host)
    done = removed(lab.inventory([host]))
    assert (done.status, done.findings) == (2, PENDING), done.words
    assert "remove with --containers, or set sandbox_remove: true" in str(done.document)
    assert sorted(set(before) ^ set(everything(host))) == []


def test_a_sandbox_in_use_is_not_stopped_and_its_command_is_said(lab: Lab, host: LabHost) -> None:
    host.ssh(SESSION)
    done = removed(lab.inventory([host], sandbox_remove=True))
    assert (done.status, done.findings) == (2, PENDING), done.words
    assert f"end that or run `docker stop {SANDBOX}`, then remove again" in str(done.document)
    assert host.ssh(f"docker inspect -f '{{{{.State.Status}}}}' {SANDBOX}").stdout == "running\n"


def test_a_host_that_was_never_provisioned_loses_nothing(lab: Lab, fresh: LabHost) -> None:
    fresh.ssh("sudo -n true", root=False)  # at a user's first time sudo leaves ~/.sudo_as_admin_successful
    fresh.ssh("echo mine > /etc/apt/keyrings/docker.asc; mkdir -p /etc/docker; echo '{ }' > /etc/docker/daemon.json")
    before = everything(fresh)
    done = removed(lab.inventory([fresh]), "--containers")
    assert (done.status, done.findings, notices(done)) == (0, frozenset(), []), done.output
    assert sorted(set(before) ^ set(everything(fresh))) == []


def test_without_a_terminal_nothing_goes_unasked(lab: Lab, fresh: LabHost) -> None:
    done = product.run("gpufleet", "remove", "--inventory", str(lab.inventory([fresh])))
    assert done.status == 64
    assert "give --yes, or --check" in done.output


@pytest.mark.slow
def test_a_bare_host_is_bare_again_but_for_what_is_said(lab: Lab, gpu_fresh: LabHost, tmp_path: Path) -> None:
    before = around(gpu_fresh)
    certificate = an_authority(tmp_path)
    variables = {"docker_engine_users": ["ops"], "docker_engine_certificate_authorities": [str(certificate)]}
    inventory = lab.inventory([gpu_fresh], **variables)
    assert applied(inventory).status == 0
    assert {TRUSTED, BUNDLE} <= trusting(gpu_fresh, certificate)
    gpu_fresh.ssh(f"docker exec {SANDBOX} sh -c 'echo kept > /app/kept'")
    done = removed(inventory, "--containers")
    assert done.status == 0, done.words
    assert trusting(gpu_fresh, certificate) == set()
    assert unsaid(before, around(gpu_fresh), gpu_fresh, done) == []
    assert gpu_fresh.ssh("cat ~ops/python_sandbox/kept").stdout == "kept\n"
    assert removed(inventory, "--containers").hosts[gpu_fresh.name]["mended"] == []
    absent = check_host(lab, gpu_fresh, **variables)
    assert absent.status == 2, absent.output
    again = applied(inventory)
    assert (again.status, again.words) == (0, again.words), again.words


@pytest.mark.slow
def test_plain_pyinfra_takes_everything_back_once_sandboxes_may_go(lab: Lab, gpu_fresh: LabHost) -> None:
    gpu_fresh.ssh("sudo -n true", root=False)  # at a user's first time sudo leaves ~/.sudo_as_admin_successful
    before, inventory = around(gpu_fresh), lab.inventory([gpu_fresh])
    provisioned = product.apply(inventory)
    assert provisioned.status == 0, provisioned.output
    gpu_fresh.ssh(f"docker exec {SANDBOX} sh -c 'echo kept > /app/kept'")
    waits = product.run("pyinfra", "-y", str(inventory), "remove.py")
    assert (waits.status, waits.changed) == (0, []), waits.output
    assert f"sandbox {SANDBOX}: expected absent" in waits.output

    removal = ("pyinfra", "-y", "--data", "sandbox_remove=true", str(inventory), "remove.py")
    done = product.run(*removal)
    assert done.status == 0, done.output
    sentences = re.findall(r"notice: ([^\x1b\n]*)", done.output)
    left = unsaid(before, around(gpu_fresh), gpu_fresh, sentences)
    assert left == [], "\n".join([*left, *sentences])
    assert gpu_fresh.ssh(f"{PROGRAMS}; cat ~ops/python_sandbox/kept", check=False).stdout == "kept\n"
    again = product.run(*removal)
    assert (again.status, again.changed) == (0, []), again.output


@pytest.mark.slow
def test_an_authority_goes_although_somebody_has_removed_ca_certificates(
    lab: Lab, fresh: LabHost, tmp_path: Path
) -> None:
    certificate = an_authority(tmp_path)
    inventory = lab.inventory([fresh], docker_engine_certificate_authorities=[str(certificate)])
    assert applied(inventory, "--roles", "docker_engine").status == 0
    assert {TRUSTED, BUNDLE} <= trusting(fresh, certificate)
    fresh.ssh("apt-get -qy remove ca-certificates")
    assert BUNDLE in trusting(fresh, certificate), "which that leaves behind"
    done = removed(inventory)
    assert done.status == 0, done.words
    assert trusting(fresh, certificate) == set()
    assert removed(inventory).hosts[fresh.name]["mended"] == []


def an_authority(folder: Path) -> Path:
    """The certificate of a new authority, as a file."""
    certificate = folder / "company.crt"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=company -keyout /dev/null -out"
    subprocess.run([*make.split(), certificate], check=True, capture_output=True)
    return certificate


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["debian13", "debian13-plain"], ids=["with systemd", "without systemd"])
def test_a_removal_that_is_killed_is_finished_by_the_next(lab: Lab, kind: str) -> None:
    fresh = lab.host(kind)
    fresh.ssh("sudo -n true", root=False)  # at a user's first time sudo leaves ~/.sudo_as_admin_successful
    before, inventory = around(fresh), lab.inventory([fresh])
    assert applied(inventory).status == 0
    for step in ("Take live-restore back", "Remove Docker's packages", "Remove Docker's key"):
        killed_at(inventory, step)
    done = removed(inventory)
    assert done.status == 0, done.words
    told = product.run("pyinfra", "-y", str(inventory), "remove.py")
    assert (told.status, told.changed) == (0, []), told.output
    left = unsaid(before, around(fresh), fresh, done)
    assert left == [], left
    fresh.destroy()


def killed_at(inventory: Path, step: str) -> None:
    """Begin a removal and kill it as it comes to a step, if it still has to."""
    program = Path(sys.executable).with_name("gpufleet")
    command = [str(program), "remove", "--yes", "--inventory", str(inventory)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        for line in run.stdout or ():
            if line.rstrip().endswith(step):
                run.kill()
