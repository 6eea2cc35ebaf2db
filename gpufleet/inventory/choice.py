"""Which of several values of a connection variable holds for a host, by Ansible's precedence.

Where Ansible would silently let the alphabet or the later line decide, two different values are an error here: a run
that connects to the wrong machine, or as the wrong user, is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.inventory import convert
from gpufleet.inventory.errors import InventoryError, Place
from gpufleet.inventory.names import CONVERTERS, SECRETS, canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gpufleet.inventory.hierarchy import Rank
    from gpufleet.inventory.tree import Variable

OWN_RANK: Rank = (1_000_000, 0)
"""Above every group: what stands at the host itself."""


@dataclass(frozen=True)
class Chosen:
    """The value that holds.

    Attributes:
        value: made to fit.
        name: the variable's name as written.
        place: where it stands.
    """

    value: object
    name: str
    place: Place


def choose(host: str, candidates: Iterable[tuple[Rank, Variable]]) -> dict[str, Chosen]:
    """Pick the value of each connection variable of a host.

    Args:
        host: its name.
        candidates: all variables that hold for it, each with the rank of the place where it stands.

    Returns:
        The values under the names of `CONVERTERS`. A variable without a value is not set.

    Raises:
        InventoryError: places of one rank disagree, or a value cannot be used.
    """
    best: dict[str, Chosen] = {}
    best_rank: dict[str, Rank] = {}
    for rank, variable in sorted(candidates, key=lambda candidate: candidate[0], reverse=True):
        name = canonical(variable.name)
        if name is None or variable.value is None or rank < best_rank.get(name, rank):
            continue
        found = Chosen(_converted(host, name, variable), variable.name, variable.place)
        if name in best and best[name].value != found.value:
            raise _contradiction(host, name, best[name], found)
        best_rank[name] = rank
        best[name] = found
    return best


def _converted(host: str, name: str, variable: Variable) -> object:
    try:
        if convert.has_template(variable.value):
            raise ValueError("templates are not evaluated; write the value itself")  # noqa: TRY301
        return CONVERTERS[name](variable.value)
    except ValueError as error:
        text = _shown(name, variable.value)
        raise InventoryError(f"{variable.place.at(host)}: {variable.name}: {text}: {error}") from None


def _contradiction(host: str, name: str, one: Chosen, other: Chosen) -> InventoryError:
    return InventoryError(
        f"{other.place}: host {host} has two values: {other.name} is {_shown(name, other.value)} here, and "
        f"{one.name} is {_shown(name, one.value)} in {one.place}; keep one of them, or say at the host which it is",
    )


def _shown(name: str, value: object) -> str:
    return "(hidden)" if name in SECRETS else repr(value)
