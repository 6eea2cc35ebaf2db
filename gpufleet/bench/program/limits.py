"""What a card could do at most, from what its driver tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

LANES = {
    "5.0": (128, 4), "5.2": (128, 4), "5.3": (128, 4), "6.0": (64, 32), "6.1": (128, 4), "6.2": (128, 4),
    "7.0": (64, 32), "7.5": (64, 2), "8.0": (64, 32), "8.6": (128, 2), "8.7": (128, 2), "8.9": (128, 2),
    "9.0": (128, 64), "10.0": (128, 64), "12.0": (128, 2),
}  # fmt: skip
"""Multiply-adds of float32 and of float64 that a multiprocessor ends in a clock, by compute capability.

CUDA C++ Programming Guide, "Throughput of Native Arithmetic Instructions":
https://docs.nvidia.com/cuda/cuda-c-programming-guide/#throughput-of-native-arithmetic-instructions
"""
LINK = {1: 0.25, 2: 0.5, 3: 0.985, 4: 1.969, 5: 3.938, 6: 7.563}
"""Gigabytes a second that a lane of PCI Express carries one way, by generation, after line coding."""
ABOVE = 1.02
"""A share that shows that the limit is none: a card that is attached in another way than it says."""


class Limit(NamedTuple):
    """A limit of a card.

    Attributes:
        value: None where it is not known.
        words: what it is made of, or why it is not known.
    """

    value: float | None
    words: str


def limits(gpu: Mapping[str, Any]) -> dict[str, Limit]:
    """The limits of a GPU, in gigabytes a second and 10^9 operations a second.

    Args:
        gpu: as `identity` describes it.
    """
    return {
        "memory": memory_limit(gpu),
        "float32": arithmetic_limit(gpu, "float32"),
        "float64": arithmetic_limit(gpu, "float64"),
        "link": link_limit(gpu),
    }


def memory_limit(gpu: Mapping[str, Any]) -> Limit:
    """Width times clock, twice: data goes at both edges of the clock."""
    bits, clock = gpu["memory_bus_bits"], gpu["memory_clock_khz"]
    if " MIG " in gpu["name"]:
        return Limit(None, "this is a part of a GPU (MIG), and what it has of the memory's width is not told")
    if not bits or not clock:
        return Limit(None, "the driver does not tell the memory's clock and width")
    return Limit(bits / 8 * clock * 2 / 1e6, f"memory, {bits:,} bits x {clock / 1000:,.0f} MHz x 2")


def arithmetic_limit(gpu: Mapping[str, Any], kind: str) -> Limit:
    """Multiprocessors times lanes times clock, twice: a multiply-add is two operations."""
    count_, clock, capability = gpu["multiprocessors"], gpu["clock_khz"], gpu["compute_capability"]
    if capability not in LANES:
        return Limit(None, f"how many lanes a multiprocessor of compute capability {capability} has is not known here")
    if not count_ or not clock:
        return Limit(None, "the driver does not tell the clock or the number of multiprocessors")
    lanes = LANES[capability][kind == "float64"]
    words = f"{kind}, {count_} multiprocessors x {lanes} lanes x {clock / 1000:,.0f} MHz x 2"
    return Limit(count_ * lanes * clock * 2 / 1e6, words)


def link_limit(gpu: Mapping[str, Any]) -> Limit:
    """Lanes times what each carries."""
    generation, lanes = gpu["link_generation"], gpu["link_lanes"]
    if generation not in LINK or not lanes:
        return Limit(None, "the driver does not tell the generation and width of the PCI Express link")
    return Limit(LINK[generation] * lanes, f"PCI Express {generation}.0 x{lanes}")


def compared(median: float, limit: Limit) -> dict[str, Any]:
    """A figure as a part of its limit; without one where the limit is not known.

    Args:
        median: the figure.
        limit: in the same unit.
    """
    if limit.value is None:
        return {"limit": None, "share": None, "limit_words": limit.words}
    share = median / limit.value
    if share > ABOVE:
        words = f"measured above {limit.value:,.0f}, what {limit.words} would allow: that is not what limits it"
        return {"limit": None, "share": None, "limit_words": words}
    return {"limit": round(limit.value, 1), "share": round(share, 4), "limit_words": limit.words}
