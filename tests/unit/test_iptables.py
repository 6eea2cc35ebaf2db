"""Which iptables a kernel can serve, and what is done where it is not the chosen one."""

from __future__ import annotations

import pytest

from gpufleet.facts.iptables import ChosenIptables
from gpufleet.platform.iptables import Iptables, better, hopeless

NFT, LEGACY = "/usr/sbin/xtables-nft-multi", "/usr/sbin/xtables-legacy-multi"
BOTH = ["choice=nft", "choice=legacy"]
NEWER = ["kernel=CONFIG_NF_TABLES", "kernel=CONFIG_NFT_COMPAT"]
OLDER = ["kernel=CONFIG_NETFILTER", "kernel=CONFIG_IP_NF_NAT"]


def read(*lines: str) -> Iptables:
    return ChosenIptables().process([*lines, "end=yes"])


@pytest.mark.parametrize(
    ("lines", "other"),
    [
        ([f"program={NFT}", *BOTH, *OLDER], "legacy"),
        ([f"program={NFT}", *BOTH, *OLDER, "kernel=CONFIG_NF_TABLES"], "legacy"),
        ([f"program={NFT}", *BOTH, *NEWER, *OLDER], None),
        ([f"program={LEGACY}", *BOTH, *NEWER], "nft"),
        ([f"program={LEGACY}", *BOTH, *OLDER], None),
        ([f"program={NFT}", *BOTH], None),
        (["program=/usr/local/sbin/my-iptables", *BOTH, *OLDER], None),
        ([*BOTH, *OLDER], None),
    ],
)
def test_the_other_one_is_taken_only_where_the_kernel_says_so(lines: list[str], other: str | None) -> None:
    found = read(*lines)
    assert better(found) == other
    assert not hopeless(found)


def test_a_kernel_that_serves_neither_or_a_host_without_the_other_is_hopeless() -> None:
    assert hopeless(read(f"program={NFT}", *BOTH, "kernel=CONFIG_NETFILTER"))
    assert hopeless(read(f"program={NFT}", "choice=nft", *OLDER))
    assert better(read(f"program={NFT}", "choice=nft", *OLDER)) is None
