"""What was found out about the items of a host, and how the findings of different items go together. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gpufleet.finding import Difference
from gpufleet.secret_texts import hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gpufleet.run.item import Item


BOOKKEEPING = "stamp"
"""The role whose item goes with every apply."""


@dataclass(frozen=True)
class Judgement:
    """One item, held against the host.

    Attributes:
        item: the item.
        differences: how the host differs.
        acts: apply would send commands for it.
        step: those commands only serve to mend what another item finds.
        first: the first of them, in words without secrets.
        unreadable: it could not be judged, and its only difference says why.
    """

    item: Item
    differences: tuple[Difference, ...] = ()
    acts: bool = False
    step: bool = False
    first: str = ""
    unreadable: bool = False


def derived(item: Item, would: str) -> Difference:
    """The finding of an operation that yields none, as pyinfra's own: what it would do, from its first command."""
    observed = f"it would run {hidden(would)}"
    return Difference(kind="config", resource=item.name, expected="nothing to do", observed=observed)


def settled(judgements: Sequence[Judgement]) -> list[Judgement]:
    """The same without what would say one thing twice; pure.

    A finding that waits for a resource which has a finding of its own goes, its item counts as unjudged. What the stamp
    has to say goes without saying where other items have findings: it follows from those. Steps that nothing calls for
    are findings: what apply would change is never hidden.
    """
    silent = _silent(each for one in judgements for each in one.differences)
    kept = [
        replace(one, differences=tuple(each for each in one.differences if id(each) not in silent))
        for one in judgements
    ]
    others = any(one.differences for one in kept if one.item.role != BOOKKEEPING)
    if others:
        return [replace(one, differences=()) if one.item.role == BOOKKEEPING else one for one in kept]
    return [
        replace(one, differences=(derived(one.item, one.first),)) if one.step and not one.differences else one
        for one in kept
    ]


def _silent(differences: Iterable[Difference]) -> set[int]:
    """Which of them (by `id`) say nothing of their own.

    They wait for a resource that another one is about which is reported, comes before them, or is silent itself.
    """
    every = list(differences)
    said = {each.resource for each in every if each.waits_for is None}
    while more := {each.resource for each in every if each.waits_for in said} - said:
        said |= more
    silent = set()
    for each in every:
        if each.waits_for in said:
            silent.add(id(each))
        said.add(each.resource)
    return silent


def each_trouble_once(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Let items that could not be judged wait for the first one with the same reason."""
    first: dict[str, str] = {}
    result = []
    for one in judgements:
        trouble = one.differences[0] if one.unreadable else None
        leader = first.setdefault(trouble.observed, trouble.resource) if trouble else None
        if trouble and leader != trouble.resource:
            result.append(replace(one, differences=(replace(trouble, waits_for=leader),)))
        else:
            result.append(one)
    return result
