"""The iptables that dockerd calls, on kernels that serve only one of the two."""

from __future__ import annotations

from pyinfra import host
from pyinfra.api import operation

from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.iptables import ChosenIptables
from gpufleet.facts.together import together
from gpufleet.finding import Difference
from gpufleet.operations.alternatives import chosen
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.platform.iptables import better, hopeless

RESOURCE = "iptables"
ALTERNATIVES = ("iptables", "ip6tables")


@operation()
def suited() -> Commands:
    """Have an iptables that the kernel can serve, while dockerd does not run: without one it does not start.

    The alternatives `iptables` and `ip6tables` are set as people do it by hand (`update-alternatives --set`). Where the
    kernel does not tell what it was built with, and where dockerd runs as it is, nothing is done.
    """
    with together():
        found, docker = host.get_fact(ChosenIptables), host.get_fact(DockerDaemon)
    choice = None if docker.running else better(found)
    if docker.running is None and hopeless(found):
        yield from refuse(
            RESOURCE,
            expected=f"a kernel that serves it ({found.backend})",
            observed="one that serves neither iptables-nft nor iptables-legacy",
            way_out="In Windows run `wsl.exe --update`, then `wsl.exe --shutdown`; a kernel of your own (.wslconfig) "
            "needs CONFIG_NF_TABLES and CONFIG_NFT_COMPAT.",
        )
    elif choice is None:
        host.noop("dockerd runs with it" if docker.running else "the kernel serves it")
    else:
        yield from begin(
            Difference(
                kind="config",
                resource=RESOURCE,
                expected=f"iptables-{choice}, which this kernel serves",
                observed=f"iptables-{found.backend}, with which dockerd does not start here",
            )
        )
        for name in reversed(ALTERNATIVES):  # the one that was looked at last: a run that is killed is begun again
            yield chosen(name, f"/usr/sbin/{name}-{choice}")
