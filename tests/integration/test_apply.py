"""The whole deploy, twice: what it makes of a bare host, and that it then leaves the host alone."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.integration.apply import apply, apply_well
from tests.integration.fleets import clones
from tests.lab import product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

MANAGED = (
    "/etc/apt/keyrings/docker.asc /etc/apt/sources.list.d/docker.sources /etc/docker/daemon.json /var/lib/gpufleet/* "
    "/var/lib/dpkg/status /etc/group"
)
OLD_ENTRY = (
    "deb [arch=amd64 signed-by=/usr/share/keyrings/docker-archive-keyring.gpg] "
    "https://download.docker.com/linux/debian trixie stable"
)


def left_alone(host: LabHost) -> str:
    """What a second run must not move: dockerd's process, inode and time of every managed file, dpkg's database."""
    return host.ssh(f"cat /run/docker.pid; stat -c '%n %i %Y %Z' {MANAGED}; apt-mark showhold").stdout


@pytest.fixture(scope="module")
def kept(lab: Lab, converged_snapshot: str) -> Iterator[LabHost]:
    """A host on which deploy.py was applied, for all tests that leave it so."""
    host = lab.host(from_snapshot=converged_snapshot)
    yield host
    host.destroy()


def test_a_bare_host_gets_docker_and_a_second_run_changes_nothing(lab: Lab, fresh: LabHost) -> None:
    assert "Install Docker's packages" in apply_well(lab, fresh, docker_engine_users=["ops"])
    assert fresh.ssh("docker info --format '{{.LiveRestoreEnabled}}'", root=False).stdout == "true\n"
    before = left_alone(fresh)
    assert apply_well(lab, fresh, docker_engine_users=["ops"]) == []
    assert left_alone(fresh) == before


@pytest.mark.slow  # what is particular to it is tried in test_wsl.py
def test_a_host_without_systemd_gets_docker_through_its_init_script(lab: Lab) -> None:
    host = lab.host("debian13-plain")
    try:
        apply_well(lab, host)
        assert host.ssh("docker info --format '{{.LiveRestoreEnabled}}'").stdout == "true\n"
        before = left_alone(host)
        assert apply_well(lab, host) == []
        assert left_alone(host) == before
    finally:
        host.destroy()


def test_a_dry_run_on_a_bare_host_predicts_and_changes_nothing(lab: Lab, fresh: LabHost) -> None:
    look = "find /etc /usr/share/keyrings /var/lib/dpkg -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum"
    before = fresh.ssh(look).stdout
    planned = product.run("pyinfra", "--dry", str(lab.inventory([fresh])), "deploy.py")
    assert planned.status == 0, planned.output
    assert re.search(r"Install Docker's packages +1 \(", planned.output), planned.output
    assert fresh.ssh(look).stdout == before


def test_a_pinned_version_is_installed_and_held_and_another_pin_moves_it(lab: Lab, converged: LabHost) -> None:
    versions = converged.ssh("apt-cache madison docker-ce | cut -d'|' -f2 | tr -d ' '").stdout.split()
    newest, older = versions[0], versions[1]
    shown = "dpkg-query -W -f '${Version} ${db:Status-Want}' docker-ce"
    apply_well(lab, converged, docker_engine_version=older)
    assert converged.ssh(shown).stdout == f"{older} hold"
    assert apply_well(lab, converged, docker_engine_version=older) == []
    apply_well(lab, converged, docker_engine_version=newest)
    assert converged.ssh(shown).stdout == f"{newest} hold"


def test_a_version_that_is_not_to_be_had_is_refused_with_those_that_are(lab: Lab, kept: LabHost) -> None:
    applied = apply(lab, kept, docker_engine_version="99.1.2")
    assert applied.status == 1
    assert "version 99.1.2 of docker-ce is not to be had; available: 5:26.1.5" in applied.output


def test_a_user_who_does_not_exist_is_not_made(lab: Lab, kept: LabHost) -> None:
    applied = apply(lab, kept, docker_engine_users=["nobodyhere"])
    assert applied.status == 1
    assert "no such user" in applied.output
    assert kept.ssh("id nobodyhere", check=False).returncode != 0


def test_a_killed_run_is_seen_by_the_next_one(lab: Lab, kept: LabHost) -> None:
    kept.ssh("touch /var/lib/gpufleet/in-progress")
    assert apply_well(lab, kept) == ["Remember what was declared"]
    assert apply_well(lab, kept) == []


def test_the_stamp_names_every_item(kept: LabHost) -> None:
    stamp = json.loads(kept.ssh("cat /var/lib/gpufleet/stamp.json").stdout)
    assert "docker-engine.install-docker-s-packages" in stamp["items"]


def test_a_secret_lies_where_it_is_needed_alone_and_is_kept_from_others(lab: Lab, converged: LabHost) -> None:
    done = apply(lab, converged, docker_engine_http_proxy="http://user:canary@proxy.example.org:3128")
    assert done.status == 0, done.output
    assert "canary" not in done.output
    places = converged.ssh("grep -rl user:canary@ /etc /var/lib/gpufleet /var/log | xargs stat -c '%n %a %U'").stdout
    assert sorted(places.splitlines()) == [
        "/etc/docker/daemon.json 640 root",
        "/var/lib/gpufleet/docker/loaded.json 640 root",
    ]


def test_a_list_file_of_older_articles_no_longer_breaks_apt(lab: Lab, kept: LabHost) -> None:
    file = "/etc/apt/sources.list.d/docker.list"
    kept.ssh(f"echo '{OLD_ENTRY}' > {file}")
    assert "Conflicting values" in kept.ssh("apt-get update", check=False).stderr
    apply_well(lab, kept)
    kept.ssh("apt-get update")
    assert kept.ssh("cat /var/lib/gpufleet/backup/docker.list").stdout == OLD_ENTRY + "\n"


def test_one_dead_host_of_three_is_named_and_the_other_two_are_done(lab: Lab, converged_snapshot: str) -> None:
    with clones(lab, converged_snapshot, 3) as hosts:
        for host in hosts:
            host.ssh("rm /etc/apt/sources.list.d/docker.sources")
        hosts[1].stop()
        applied = apply(lab, *hosts)
        assert applied.status == 1
        assert hosts[1].name in applied.output
        for host in (hosts[0], hosts[2]):
            host.ssh("test -f /etc/apt/sources.list.d/docker.sources")
