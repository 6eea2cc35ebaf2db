"""The lab's network: one bridge on a subnet that is free on this machine, and the rules that let it out."""

from __future__ import annotations

import json
import shlex
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

from docker.types import IPAMConfig, IPAMPool

from tests.lab.command import run
from tests.lab.packages import program

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docker import DockerClient

    from tests.lab.instance import Instance

# 10.213.0.0/16 is nobody's default; each lab takes a /24 of it.
CANDIDATES = tuple(IPv4Network("10.213.0.0/16").subnets(new_prefix=24))
MIRROR_OFFSET = 2
FIRST_HOST_OFFSET = 16


def free_subnet(taken: Iterable[IPv4Network]) -> IPv4Network:
    """The first candidate that overlaps none of `taken`.

    Raises:
        RuntimeError: all are taken.
    """
    used = list(taken)
    for candidate in CANDIDATES:
        if not any(candidate.overlaps(other) for other in used):
            return candidate
    raise RuntimeError("no free subnet left in 10.213.0.0/16 for the lab")


def free_address(subnet: IPv4Network, taken: Iterable[str]) -> str:
    """The lowest host address of `subnet` that is not in `taken`; the low ones belong to gateway and mirror.

    Raises:
        RuntimeError: all are taken.
    """
    used = set(taken)
    for address in list(subnet.hosts())[FIRST_HOST_OFFSET - 1 :]:
        if str(address) not in used:
            return str(address)
    raise RuntimeError(f"no free address left in {subnet}")


def routed() -> list[IPv4Network]:
    """Every network that this machine has a route to; the default route does not count."""
    routes = json.loads(_ip("-4", "-json", "route", "show", "table", "all"))
    destinations = (route["dst"] for route in routes if route["dst"] != "default")
    return [IPv4Network(destination, strict=False) for destination in destinations]


def halves(subnet: IPv4Network) -> tuple[IPv4Network, IPv4Network]:
    """A lab's subnet, split: the lower half is its hosts', the upper one its unused default bridge's."""
    lower, upper = subnet.subnets()
    return lower, upper


def prepare(instance: Instance) -> None:
    """Choose the lab's subnet and make a default bridge for its dockerd, before that starts. Needs root.

    dockerd wants one. Left to itself it takes `docker0`, which belongs to a Docker that is already on the machine, and
    told to do without (`--bridge=none`) it deletes `docker0` (removeDefaultBridgeInterface in moby's
    daemon/daemon_unix.go).
    """
    note = instance.data / "subnet"
    if not note.exists():
        note.write_text(str(free_subnet(routed())))
    if not there(instance.default_bridge):
        _, spare = halves(IPv4Network(note.read_text()))
        _ip("link", "add", "name", instance.default_bridge, "type", "bridge")
        _ip("address", "add", f"{spare[1]}/{spare.prefixlen}", "dev", instance.default_bridge)


def ensure(client: DockerClient, instance: Instance) -> IPv4Network:
    """Create the lab's network when it is missing; return the subnet of its hosts."""
    existing = client.networks.list(names=[f"^{instance.tag}$"])
    if existing:
        return IPv4Network(existing[0].attrs["IPAM"]["Config"][0]["Subnet"])
    subnet, _ = halves(IPv4Network((instance.data / "subnet").read_text()))
    client.api.create_network(
        instance.tag,
        driver="bridge",
        ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet), gateway=str(subnet[1]))]),
        options={"com.docker.network.bridge.name": instance.bridge},
    )
    return subnet


def remove_interfaces(instance: Instance) -> None:
    """Remove the lab's two bridges."""
    for name in (instance.bridge, instance.default_bridge):
        if there(name):
            _ip("link", "delete", name)


def there(interface: str) -> bool:
    """Whether a network interface of that name exists."""
    return Path("/sys/class/net", interface).exists()


def rules(instance: Instance, subnet: IPv4Network) -> list[list[str]]:
    """The lab's netfilter rules, as iptables arguments after -I or -D; each carries the lab's tag as a comment."""
    tag = ["-m", "comment", "--comment", instance.tag]
    bridge = instance.bridge
    return [
        ["nat", "POSTROUTING", "-s", str(subnet), "!", "-o", bridge, *tag, "-j", "MASQUERADE"],
        ["filter", "FORWARD", "-i", bridge, *tag, "-j", "ACCEPT"],
        ["filter", "FORWARD", "-o", bridge, *tag, "-j", "ACCEPT"],
    ]


def open_way_out(instance: Instance, subnet: IPv4Network) -> None:
    """Add the rules that are missing: masquerading, and forwarding where the machine's policy is to drop."""
    present = {table: _saved(table) for table in ("nat", "filter")}
    for table, chain, *rule in rules(instance, subnet):
        expected = [word for word in rule if word != "!"]
        if not any(chain in line and set(expected) <= set(line) for line in present[table]):
            run([_iptables(), "-w", "-t", table, "-I", chain, *rule])


def close_way_out(instance: Instance) -> None:
    """Remove every rule that carries the lab's tag, those of a crashed run with another subnet included."""
    if program("iptables") is None:
        return
    for table in ("nat", "filter"):
        for line in _saved(table):
            if instance.tag in line and line[0] == "-A":
                run([_iptables(), "-w", "-t", table, "-D", *line[1:]])


def _saved(table: str) -> list[list[str]]:
    lines = run([_iptables() + "-save", "-t", table]).splitlines()
    return [shlex.split(line) for line in lines if line.startswith("-A")]


def _ip(*arguments: str) -> str:
    return run([program("ip") or "ip", *arguments])


def _iptables() -> str:
    return program("iptables") or "iptables"
