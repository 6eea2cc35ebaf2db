"""The lab's network: one bridge on a subnet that is free on this machine, and the rules that let it out."""

from __future__ import annotations

import json
import shlex
from ipaddress import IPv4Network
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
    routes = json.loads(run([program("ip") or "ip", "-4", "-json", "route", "show", "table", "all"]))
    destinations = (route["dst"] for route in routes if route["dst"] != "default")
    return [IPv4Network(destination, strict=False) for destination in destinations]


def ensure(client: DockerClient, instance: Instance) -> IPv4Network:
    """Create the lab's network when it is missing; return its subnet."""
    existing = client.networks.list(names=[f"^{instance.tag}$"])
    if existing:
        return IPv4Network(existing[0].attrs["IPAM"]["Config"][0]["Subnet"])
    subnet = free_subnet(routed())
    client.api.create_network(
        instance.tag,
        driver="bridge",
        ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet), gateway=str(subnet[1]))]),
        options={"com.docker.network.bridge.name": instance.bridge},
    )
    return subnet


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


def _iptables() -> str:
    return program("iptables") or "iptables"
