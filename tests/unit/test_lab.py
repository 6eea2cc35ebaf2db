"""The pure parts of the lab: apt's sources, addresses, marks, tables."""

from __future__ import annotations

import os
import subprocess
from ipaddress import IPv4Network

import pytest

from tests.lab import container, cut, owner, processes, product, summary
from tests.lab.apt_sources import KEYRING, Archive, NoArchiveError, Source, choose, parse_deb822, parse_one_line
from tests.lab.command import CommandError, run
from tests.lab.demo import Record
from tests.lab.instance import Instance
from tests.lab.network import free_address, free_subnet, halves, rules

DEB822 = """\
Types: deb
# http://snapshot.example/archive/debian/20250520T000000Z
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/own.gpg

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBGPKHe4BEADJ
 -----END PGP PUBLIC KEY BLOCK-----
"""
ONE_LINE = """\
# deb http://commented.example/debian trixie main
deb-src http://source.example/debian trixie main
deb [arch=amd64 signed-by=/etc/apt/keyrings/a.asc] http://mirror.example/debian trixie main  # ours
deb https://packages.example/apt cloud-sdk-trixie main
deb http://mirror.example/security trixie-security main
"""
TABLE = """\
--> Results:
    Operation                                      Hosts   Success   Error   No Change
    Docker Engine | Install Docker's packages      3       1         1       1
    Remember what was declared 2                   3       -         -       3
    Grand total                                    6       1         1       4

--> Disconnecting from hosts...
"""


def test_deb822_sources_are_read_and_disabled_ones_left_out() -> None:
    found = parse_deb822(DEB822)
    components = ("main", "contrib")
    assert found == [
        Source("http://mirror.example/debian", "bookworm", components, "/usr/share/keyrings/own.gpg"),
        Source("http://mirror.example/debian", "bookworm-updates", components, "/usr/share/keyrings/own.gpg"),
        Source("http://mirror.example/debian-security", "bookworm-security", ("main",)),
    ]


def test_one_line_sources_are_read_with_their_keyring() -> None:
    assert [source.uri for source in parse_one_line(ONE_LINE)] == [
        "http://mirror.example/debian",
        "https://packages.example/apt",
        "http://mirror.example/security",
    ]
    assert parse_one_line(ONE_LINE)[0] == Source(
        "http://mirror.example/debian", "trixie", ("main",), "/etc/apt/keyrings/a.asc"
    )


def test_the_archive_is_the_debian_one_among_all_sources() -> None:
    assert choose(parse_one_line(ONE_LINE)) == Archive(
        "http://mirror.example/debian", "http://mirror.example/security", "/etc/apt/keyrings/a.asc"
    )


def test_a_machine_without_debian_sources_is_told_so_and_security_lies_beside_the_archive() -> None:
    ubuntu = [Source("http://archive.ubuntu.example/ubuntu", "noble", ("main",))]
    with pytest.raises(NoArchiveError, match="no Debian archive"):
        choose(ubuntu)
    assert choose([Source("http://mirror.example/debian", "trixie", ("main",))]) == Archive(
        "http://mirror.example/debian", "http://mirror.example/debian-security", KEYRING
    )


def test_a_subnet_is_taken_that_overlaps_no_route() -> None:
    assert free_subnet([]) == IPv4Network("10.213.0.0/24")
    taken = [IPv4Network("10.213.0.0/23"), IPv4Network("10.213.2.128/25"), IPv4Network("192.168.0.0/16")]
    assert free_subnet(taken) == IPv4Network("10.213.3.0/24")
    with pytest.raises(RuntimeError, match="no free subnet"):
        free_subnet([IPv4Network("10.0.0.0/8")])


def test_an_address_is_taken_that_no_host_has_and_that_is_not_reserved() -> None:
    hosts, spare = halves(IPv4Network("10.213.7.0/24"))
    assert free_address(hosts, []) == "10.213.7.16"
    assert free_address(hosts, ["10.213.7.16", "10.213.7.18"]) == "10.213.7.17"
    assert not spare.overlaps(hosts)
    with pytest.raises(RuntimeError, match="no free address"):
        free_address(hosts, [str(address) for address in hosts])


def test_every_netfilter_rule_carries_the_name_of_its_lab() -> None:
    found = rules(Instance("x"), IPv4Network("10.213.7.0/25"))
    assert len(found) == 3
    assert all(rule[rule.index("--comment") + 1] == "gpufleet-lab-x" for rule in found)


@pytest.mark.parametrize("name", ["", "UPPER", "eleven-char", "a/b", "-dash"])
def test_a_lab_name_that_cannot_be_an_interface_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("GPUFLEET_LAB_NAME", name)
    with pytest.raises(SystemExit, match="GPUFLEET_LAB_NAME"):
        Instance.from_environment()


def test_name_servers_on_the_loopback_are_not_for_containers() -> None:
    assert container.name_servers("nameserver 127.0.0.53\n nameserver 9.9.9.9\nnameserver 10.0.0.2\n") == ["10.0.0.2"]


def test_only_a_capability_that_the_machine_lacks_is_withheld() -> None:
    assert container.withheld_capabilities(0x1FFFFFFFFFF) == []
    assert container.withheld_capabilities(0x1FFFEFFFFFF) == ["SYS_RESOURCE"]


def test_a_mark_lives_as_long_as_its_process() -> None:
    assert owner.alive(owner.this_process())
    assert owner.alive(owner.NOBODY)
    assert not owner.alive(f"{os.getpid()}-1")
    assert not owner.alive("4194305-1")  # beyond the largest process id


def test_what_a_killed_run_left_is_known_by_a_mark_that_all_its_programs_inherit() -> None:
    assert processes.MARK in run(["sh", "-c", "env"]).splitlines()
    assert processes.MARK in run(["env"], env={}).splitlines()
    name, _, value = processes.MARK.partition("=")
    with subprocess.Popen(["sleep", "60"], env={**os.environ, name: value}) as marked:
        found = processes.find(processes.left_by_a_run)
        processes.end(lambda pid: pid == marked.pid and marked.poll() is None)
    assert marked.pid in found
    assert not processes.left_by_a_run(os.getpid())


def test_a_failed_program_is_named_with_what_it_printed() -> None:
    with pytest.raises(CommandError, match=r"sh -c echo why >&2; exit 3 failed with status 3:\nwhy"):
        run(["sh", "-c", "echo why >&2; exit 3"])
    with pytest.raises(CommandError, match="no-such-program is not on this machine"):
        run(["no-such-program"])


def test_the_table_of_pyinfra_is_read() -> None:
    assert product.operations("anything\n" + TABLE) == [
        product.Operation("Docker Engine | Install Docker's packages", changed=1, failed=1, unchanged=1),
        product.Operation("Remember what was declared 2", changed=0, failed=0, unchanged=3),
    ]
    assert product.operations("--> pyinfra error: No hosts remaining!") == []


def test_the_summary_says_what_changed_what_failed_and_what_did_not_run() -> None:
    changed = Record(operations=product.operations(TABLE))
    assert summary.applied(changed)[0] == "2 operations, 1 changed the host:"
    assert summary.applied(Record(operations=[product.Operation("x", 0, 0, 1)])) == [
        "1 operations, 0 changes: the host was as declared"
    ]
    assert summary.applied(Record(applied=1))[0].startswith("FAILED")
    assert [summary.verified(status)[:6] for status in (None, 0, 2)] == ["not ru", "yes: n", "FAILED"]
    assert summary.times({"lab": 1.04, "host": 2}) == "lab 1.0, host 2.0; together 3.0"


def test_what_a_host_tried_is_counted_by_target_over_both_tables() -> None:
    listing = """\
*filter
:OUTPUT ACCEPT [7:420]
[9:540] -A OUTPUT -o eth0 -j lab-cut
[7:420] -A lab-cut -m conntrack --ctstate ESTABLISHED --ctdir REPLY -j RETURN
[2:120] -A lab-cut -d 10.213.0.2/32 -m comment --comment mirror -j REJECT --reject-with icmp-net-unreachable
[1:60] -A lab-cut -p udp -m udp --dport 53 -m comment --comment "name server" -j REJECT --reject-with icmp-net-unreachable
[3:180] -A lab-cut -p tcp -m tcp --dport 53 -m comment --comment "name server" -j REJECT --reject-with icmp-net-unreachable
[0:0] -A lab-cut -m comment --comment elsewhere -j REJECT --reject-with icmp-net-unreachable
*mangle
[5:300] -A lab-cut -m comment --comment elsewhere -j DROP
"""  # noqa: E501
    found = cut.counted(listing)
    assert found.by_target == {"mirror": 2, "name server": 4, "elsewhere": 5}
    assert found.total == 11
