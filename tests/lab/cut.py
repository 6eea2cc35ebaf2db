"""Cut a lab host off from every network but the logins to it, and count what it tries to reach all the same.

A host without any route would do less: there a connection fails before a packet exists, so nothing could be counted.
Here the routes stay and netfilter turns away what leaves through the host's interface, except answers on connections
that were opened from outside. The rules lie in the host's network namespace and come from outside: a helper container
runs this machine's iptables there, so the host needs none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.container import helper_labels
from tests.lab.packages import program

if TYPE_CHECKING:
    from docker.models.containers import Container

    from tests.lab.engine import Engine

INTERFACE = "eth0"
CHAIN = "lab-cut"
MACHINE = "/machine"
# Under load the engine now and then loses what so short a command prints: no counter would look like none that moved.
WHOLE, TRIES = "that is all", 20
# Each kind of target with what tells it, in the order in which packets meet them; {mirror} is the mirror's address.
TARGETS = {
    "mirror": ("-d {mirror}",),
    "name server": ("-p udp --dport 53", "-p tcp --dport 53"),
    "elsewhere": ("",),
}
# Connections to a refused address end at once, as they do without a route. Only filter knows REJECT; dockerd puts rules
# of its own in front of all others in its FORWARD chain, so what containers send is dropped in mangle, before those.
ENDS = {("filter", "OUTPUT"): "REJECT --reject-with icmp-net-unreachable", ("mangle", "FORWARD"): "DROP"}


@dataclass(frozen=True)
class Attempts:
    """What a host that is cut off has tried to send into the network, in packets; retries count again.

    Attributes:
        by_target: number of packets by kind of target: `mirror`, `name server`, `elsewhere`.
    """

    by_target: dict[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_target.values())


def rules(mirror: str) -> list[tuple[str, str]]:
    """The rules as pairs of table and iptables arguments.

    Answers on connections from outside pass, and errors that belong to them; what belongs to no connection is dropped
    uncounted, such as the late end of one that is over. The rest is counted, by target.

    Args:
        mirror: the mirror's address.
    """
    found = []
    for (table, hook), end in ENDS.items():
        found += [
            (table, f"-N {CHAIN}"),
            (table, f"-A {CHAIN} -m conntrack --ctstate ESTABLISHED --ctdir REPLY -j RETURN"),
            (table, f"-A {CHAIN} -m conntrack --ctstate RELATED -j RETURN"),
            (table, f"-A {CHAIN} -m conntrack --ctstate INVALID -j DROP"),
        ]
        for target, conditions in TARGETS.items():
            for condition in conditions:
                comment = f'-m comment --comment "{target}"'
                found.append((table, f"-A {CHAIN} {condition.format(mirror=mirror)} {comment} -j {end}"))
        found.append((table, f"-I {hook} -o {INTERFACE} -j {CHAIN}"))
    return found


def counted(listing: str) -> Attempts:
    """Read the counters that `iptables-save -c` prints, as `[packets:bytes] -A chain ... --comment TARGET ...`."""
    by_target = dict.fromkeys(TARGETS, 0)
    pattern = rf'^\[(\d+):\d+\] -A {CHAIN} .*--comment "?({"|".join(TARGETS)})"?'
    for packets, target in re.findall(pattern, listing, re.MULTILINE):
        by_target[target] += int(packets)
    return Attempts(by_target)


def cut_off(engine: Engine, host: Container) -> None:
    """Set the rules in a running host; they end when it is switched off."""
    iptables = program("iptables") or "iptables"
    lines = [f"{iptables} -w -t {table} {arguments}" for table, arguments in rules(engine.mirror_address)]
    _in_network_of(engine, host, "\n".join(["set -e", *lines]))


def attempts(engine: Engine, host: Container) -> Attempts:
    """What a host that was cut off has tried since.

    Raises:
        docker.errors.ContainerError: the rules are not there.
        RuntimeError: the counters cannot be read.
    """
    iptables = program("iptables") or "iptables"
    check = "\n".join(f"{iptables} -w -t {table} -C {hook} -o {INTERFACE} -j {CHAIN}" for table, hook in ENDS)
    save = "\n".join(f"{iptables}-save -c -t {table}" for table, _ in ENDS)
    for _ in range(TRIES):
        listing = _in_network_of(engine, host, f"set -e\n{check}\n{save}\necho {WHOLE}")
        if listing.rstrip().endswith(WHOLE):
            return counted(listing)
    raise RuntimeError(f"{host.name}: the counters of its rules cannot be read: {listing!r}")


def _in_network_of(engine: Engine, host: Container, script: str) -> str:
    """What a script says that runs with this machine's programs in a host's network namespace."""
    said = engine.client.containers.run(
        host.attrs["Image"],
        ["chroot", MACHINE, "sh", "-c", script],
        entrypoint=[],
        cap_add=["NET_ADMIN", "NET_RAW"],
        network_mode=f"container:{host.id}",
        volumes={"/": {"bind": MACHINE, "mode": "ro"}},
        tmpfs={f"{MACHINE}/run": ""},  # iptables wants to lock a file there
        labels=helper_labels(),
        remove=True,
    )
    return said.decode() if isinstance(said, bytes) else ""
