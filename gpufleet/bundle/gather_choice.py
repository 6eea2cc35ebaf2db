"""What the command line says of a bundle beside the settings, and what a role answers to that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gpufleet.bundle.wanted import Target, Wanted

if TYPE_CHECKING:
    from gpufleet.facts.apt import Package


@dataclass(frozen=True)
class Choice:
    """What settings leave open, since no host is asked.

    Attributes:
        users: user and group id inside images, where settings declare none.
        cuda: CUDA majors, where settings say `auto`.
        packages: what dpkg knows on a host, by the status that is given of one; empty without.
    """

    users: tuple[tuple[int, int], ...] = ((1000, 1000),)
    cuda: tuple[int, ...] = (12, 13)
    packages: Mapping[str, Package] = field(default_factory=dict)


Wants = Callable[[Mapping[str, object], Target, Choice], Wanted]
"""A role's `wanted(data, target, options)`: what it wants by the variables of one host; pure.

It raises SettingsError where these cannot be used.
"""
