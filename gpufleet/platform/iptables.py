"""Which of the two iptables a kernel can serve: WSL's older kernels lack what the newer one needs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Backend = Literal["nft", "legacy"]

NEEDS: dict[Backend, frozenset[str]] = {
    "nft": frozenset({"CONFIG_NF_TABLES", "CONFIG_NFT_COMPAT"}),
    "legacy": frozenset({"CONFIG_IP_NF_NAT"}),
}
"""Without NFT_COMPAT the newer one lists rules, and fails to add those of dockerd (microsoft/WSL, issue 6655)."""


@dataclass(frozen=True)
class Iptables:
    """A host's iptables.

    Attributes:
        program: what `iptables` is in the end, links followed; None without one.
        choices: the ones that the host has.
        kernel: the options that its kernel was built with, of those that matter; None where it does not tell.
    """

    program: str | None = None
    choices: frozenset[Backend] = frozenset()
    kernel: frozenset[str] | None = None

    @property
    def backend(self) -> Backend | None:
        """Which one it is; None for another one."""
        known: tuple[Backend, ...] = ("nft", "legacy")
        return next((each for each in known if each in (self.program or "").rpartition("/")[2]), None)

    def serves(self, backend: Backend) -> bool:
        """Whether the kernel has what it needs; where it does not tell, it does."""
        return self.kernel is None or NEEDS[backend] <= self.kernel


def better(found: Iptables) -> Backend | None:
    """The other one, where the kernel cannot serve the chosen one and the host has that; None where all is well.

    Args:
        found: of the host.
    """
    if found.backend is None or found.serves(found.backend):
        return None
    other: Backend = "legacy" if found.backend == "nft" else "nft"
    return other if other in found.choices and found.serves(other) else None


def hopeless(found: Iptables) -> bool:
    """Whether the kernel cannot serve the chosen one, and there is no better.

    Args:
        found: of the host.
    """
    return found.backend is not None and not found.serves(found.backend) and better(found) is None
