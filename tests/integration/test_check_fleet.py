"""A fleet of eight in which much goes wrong at once: each host is told for itself, and none hides another."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.integration.checked import Checked, checked
from tests.integration.fleets import clones, interrupted, read_whole
from tests.lab import faults, product

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

SOURCE = "/etc/apt/sources.list.d/docker.sources"
WITHOUT_PACKAGES = "DEBIAN_FRONTEND=noninteractive apt-get -qq -y remove --allow-change-held-packages docker-ce"
HUNG_SECONDS = 20
TROUBLES = [
    re.compile(words, re.DOTALL)
    for words in (
        re.escape(SOURCE),
        "no route to host: |connection timed out: ",
        "sudo.*setuid",
        "dpkg-query|AptPackages",
        re.escape("paused by a signal (SIGSTOP)"),
    )
]
"""What is said of each of the first five hosts, and of no other."""


@pytest.fixture(scope="module")
def hosts(lab: Lab, converged_snapshot: str) -> Iterator[list[LabHost]]:
    """Eight converged hosts; each test here undoes what it did to them."""
    with clones(lab, converged_snapshot, 8) as made:
        yield made


@pytest.fixture(scope="module")
def inventory(lab: Lab, hosts: list[LabHost]) -> Path:
    return lab.inventory(hosts)


@pytest.fixture(scope="module")
def junit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports") / "junit.xml"


@pytest.fixture(scope="module")
def mixed(hosts: list[LabHost], inventory: Path, junit: Path) -> Checked:
    """What a check says while five of the eight are in trouble, each in its own."""
    drifted, off, no_sudo, garbled, hung, *_ = hosts
    drifted.ssh(f"mv {SOURCE} /root/")
    with (
        faults.switched_off(off),
        faults.broken_sudo(no_sudo),
        faults.garbled_dpkg(garbled),
        faults.hung_dockerd(hung),
    ):
        done = checked(inventory, "--junit", str(junit))
    drifted.ssh(f"mv /root/docker.sources {SOURCE}")
    return done


def test_every_host_of_a_mixed_fleet_is_told_for_itself(hosts: list[LabHost], mixed: Checked) -> None:
    assert mixed.status == 6, mixed.output
    assert list(mixed.hosts) == [host.name for host in hosts]
    statuses = ["drifted", *["unknown"] * 4, *["in_sync"] * 3]
    assert [host["status"] for host in mixed.hosts.values()] == statuses, mixed.output


def test_each_trouble_is_one_finding_or_one_reason(hosts: list[LabHost], mixed: Checked) -> None:
    drifted, off, *_, hung = [mixed.hosts[host.name] for host in hosts[:5]]
    assert [(found["id"], found["class"]) for found in drifted["findings"]] == [
        ("docker-engine.add-docker-s-repository", "config")
    ]
    assert off["why"].startswith("no route to host: ") or off["why"].startswith("connection timed out: ")
    assert len([found for found in hung["findings"] if found["class"] == "unknown"]) <= 1


@pytest.mark.parametrize("form", ["JSON", "JUnit", "terminal"])
def test_each_trouble_is_told_apart_in_every_form(form: str, hosts: list[LabHost], mixed: Checked, junit: Path) -> None:
    names = [host.name for host in hosts]
    forms = {"JSON": in_json(mixed), "JUnit": in_junit(junit), "terminal": in_terminal(mixed, names)}
    told = forms[form]
    for name, words in zip(names, TROUBLES, strict=False):
        assert [other for other in names if words.search(told[other])] == [name], (words.pattern, told)


def test_a_hung_docker_is_unknown_in_time_and_delays_nobody(hosts: list[LabHost], mixed: Checked) -> None:
    hung, *well = [mixed.hosts[host.name]["seconds"] for host in hosts[4:]]
    assert hung < HUNG_SECONDS
    assert max(well) < HUNG_SECONDS / 2


def test_a_host_in_sync_is_sent_three_commands_at_most_by_its_own_count(hosts: list[LabHost], inventory: Path) -> None:
    host = hosts[7]
    host.ssh("echo LogLevel VERBOSE >/etc/ssh/sshd_config.d/verbose.conf; systemctl reload ssh")
    done = checked(inventory, "--limit", host.name)
    count = f"journalctl -t sshd-session | grep -c 'Starting session: .* for {host.user} '"
    sent = int(host.ssh(f"rm /etc/ssh/sshd_config.d/verbose.conf; systemctl reload ssh; {count}").stdout)
    assert (done.status, done.hosts[host.name]["commands"]) == (0, sent), done.output
    assert sent <= 3


@pytest.mark.slow
def test_a_docker_that_hangs_unseen_is_unknown_in_time_too(hosts: list[LabHost], inventory: Path) -> None:
    hung, well = hosts[4], hosts[5]
    with faults.frozen_dockerd(hung):
        done = checked(inventory, "--limit", hung.name, well.name)
    assert done.status == 4, done.output
    assert [found["class"] for found in done.hosts[hung.name]["findings"]] == ["unknown"], done.output
    assert done.hosts[hung.name]["seconds"] < HUNG_SECONDS
    assert done.hosts[well.name]["seconds"] < done.hosts[hung.name]["seconds"] / 2


def test_the_terminal_shows_the_worst_first_and_the_clean_on_one_line(hosts: list[LabHost], mixed: Checked) -> None:
    lines = mixed.output.splitlines()
    first = {host.name: next(n for n, line in enumerate(lines) if host.name in line) for host in hosts}
    ordered = [first[host.name] for host in hosts]
    assert max(ordered[1:5]) < ordered[0] < min(ordered[5:]), mixed.output
    assert len(set(ordered[5:])) == 1, mixed.output
    assert max(map(len, lines)) <= 100, mixed.output


def test_junit_tells_errors_from_failures(hosts: list[LabHost], mixed: Checked, junit: Path) -> None:
    assert mixed.status == 6
    suites = {suite.get("name"): suite for suite in ET.parse(junit).getroot().iter("testsuite")}  # noqa: S314
    counts = [(int(suites[host.name].get("errors", 0)), int(suites[host.name].get("failures", 0))) for host in hosts]
    assert counts[0] == (0, 1)
    assert all(errors and not failures for errors, failures in counts[1:5]), counts
    assert counts[5:] == [(0, 0)] * 3


def test_a_limit_keeps_the_others_out(hosts: list[LabHost], inventory: Path) -> None:
    done = checked(inventory, "--limit", hosts[6].name, hosts[7].name)
    assert (done.status, list(done.hosts)) == (0, [hosts[6].name, hosts[7].name]), done.output


def test_a_limit_that_matches_nothing_fails_with_the_nearest_name(hosts: list[LabHost], inventory: Path) -> None:
    done = checked(inventory, "--limit", hosts[0].name + "x")
    assert (done.status, done.document) == (1, {})
    assert f"did you mean {hosts[0].name}?" in done.output


def test_a_role_that_is_not_there_fails_with_the_nearest_name(inventory: Path) -> None:
    done = checked(inventory, "--roles", "docker_engin")
    assert (done.status, done.document) == (1, {})
    assert "did you mean docker_engine?" in done.output


def test_an_inventory_without_hosts_fails(lab: Lab) -> None:
    done = checked(lab.inventory([]))
    assert (done.status, done.document) == (1, {})


def test_wrong_usage_has_its_own_exit_code(inventory: Path) -> None:
    assert product.run("gpufleet", "check", "--inventory", str(inventory), "--lmit", "x").status == 64
    assert product.run("gpufleet", "chek").status == 64


def test_an_interrupted_check_says_which_hosts_were_not_read(hosts: list[LabHost], inventory: Path) -> None:
    hung, well = hosts[4], hosts[5]
    # A question of its own gets half a minute, and the other host is long read by then: a silent dockerd gets 7 s.
    with faults.hung_dpkg(hung):
        done = interrupted("check", inventory, partial(read_whole, well), "--limit", hung.name, well.name)
    assert (done.status, done.document["signal"]) == (130, 2), done.output
    assert done.hosts[hung.name]["why"] == "interrupted", done.output
    assert done.hosts[well.name]["status"] == "in_sync", done.output
    assert "Interrupted by SIGINT" in done.output
    assert "Traceback" not in done.output


def test_an_interrupted_apply_says_what_it_left_undone(hosts: list[LabHost], inventory: Path) -> None:
    host = hosts[0]  # the last test that needs it
    host.ssh(f"{WITHOUT_PACKAGES}; mv {SOURCE} /root/")

    def begun() -> None:
        host.ssh("timeout 180 sh -c 'until [ -e /var/lib/gpufleet/in-progress ]; do sleep 0.1; done'")

    done = interrupted("apply", inventory, begun, "--limit", host.name, hosts[5].name)
    assert done.status == 130, done.output
    assert "docker-engine.install-docker-s-packages" in done.hosts[host.name]["undone"], done.output
    assert done.hosts[hosts[5].name]["undone"] == []
    assert "Traceback" not in done.output
    again = checked(inventory, "--limit", host.name)
    assert again.status == 2, again.output
    assert again.hosts[host.name]["last_apply"]["in_progress"]


def in_json(done: Checked) -> dict[str, str]:
    """What the document says is the matter with each host, by its name."""
    return {name: str([host["why"], host["way_out"], host["findings"]]) for name, host in done.hosts.items()}


def in_junit(file: Path) -> dict[str, str]:
    """The failures and errors of each suite, which is a host."""
    outcomes = {
        suite.get("name", ""): [*suite.iter("failure"), *suite.iter("error")]
        for suite in ET.parse(file).getroot().iter("testsuite")  # noqa: S314 - our own
    }
    return {name: " ".join(f"{each.get('message')} {each.text}" for each in found) for name, found in outcomes.items()}


def in_terminal(done: Checked, names: Sequence[str]) -> dict[str, str]:
    """The lines of each host, from the one with its name on to the next one's, as one."""
    told = dict.fromkeys(names, "")
    current: set[str] = set()
    for line in done.output.partition("gpufleet check: ")[2].splitlines():
        current = set() if not line.strip() else {name for name in names if name in line} or current
        told |= {name: f"{told[name]} {line.strip()}" for name in current}
    return told
