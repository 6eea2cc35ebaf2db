"""An answer for people."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 100
SIMULATED = "Numba's simulator computes on the CPU (NUMBA_ENABLE_CUDASIM is set): its times say nothing"


def lines(found: Mapping[str, Any]) -> list[str]:
    """An answer in lines of at most 100 columns.

    Args:
        found: the answer.
    """
    shown = [f"{name} {version}" for name, version in found["packages"].items()]
    shown = [f"CUDA {found['runtime']}", *shown] if found["runtime"] else shown
    shown = [f"driver {found['driver']} (CUDA {found['driver_cuda']})", *shown] if found["driver"] else shown
    text = wrapped(", ".join(shown))
    text += wrapped(f"could not be measured: {found['why']}") if found["why"] else []
    return text + [line for gpu in found["gpus"] for line in gpu_lines(gpu)]


def gpu_lines(gpu: Mapping[str, Any]) -> list[str]:
    """One GPU: who it is, a table, the limits that it was held against."""
    if "name" not in gpu:
        return ["", *wrapped(f"a GPU could not be measured: {gpu['why']}")]
    shown = f"{gpu['name']}, {gpu['uuid']}, compute capability {gpu['compute_capability']}"
    if gpu["memory_total_bytes"]:
        shown += f", {gpu['memory_free_bytes'] / 1e9:.1f} of {gpu['memory_total_bytes'] / 1e9:.1f} GB free"
    text = ["", *wrapped(shown)]
    text += wrapped(f"could not be measured: {gpu['why']}") if gpu["why"] else []
    states = {each["status"] for each in gpu["measurements"]}
    text += wrapped(f"no rates: {SIMULATED}") if "simulated" in states else []
    if "measured" in states:
        text.append(f"  {'':46}{'median':>10}{'min':>10}{'max':>10}  {'':8}{'of limit':>9}")
    return [*text, *(line for each in gpu["measurements"] for line in row(each)), *limit_lines(gpu["measurements"])]


def row(each: Mapping[str, Any]) -> list[str]:
    """A measurement as a line of the table; more of them where there is a reason to tell."""
    title = f"{each['title']}, {each['size']}" if each["size"] and each["unit"] == "GB/s" else each["title"]
    if each["status"] == "measured":
        share = "" if each["share"] is None else f"{each['share']:.1%}".replace("%", " %")
        numbers = "".join(f"{number(each[key]):>10}" for key in ("median", "min", "max"))
        return [f"  {title:46}{numbers}  {each['unit']:8}{share:>9}".rstrip()]
    if each["status"] == "simulated":
        return [f"  {title:46}result right, no rate"]
    words = "WRONG RESULT" if each["status"] == "wrong" else "could not be measured"
    return wrapped(f"{title}: {words}: {each['why']}")


def limit_lines(measurements: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the shares are parts of, and why some have none; each once."""
    said = []
    for each in measurements:
        if each["limit"] is not None:
            said.append(f"{number(each['limit'])} {each['unit']} = {each['limit_words']}")
        elif each["limit_words"]:
            said.append(f"{each['title']} has no known limit: {each['limit_words']}")
    return [line for words in dict.fromkeys(said) for line in wrapped(f"limit: {words}" if " = " in words else words)]


def number(value: float) -> str:
    """With three digits at least: `2,752`, `50.8`, `6.74`."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004


def wrapped(words: str) -> list[str]:
    """Lines of a table's width."""
    return textwrap.wrap(words, WIDTH, initial_indent="  ", subsequent_indent="    ")
