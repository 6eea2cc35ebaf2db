"""What the command line says of a bundle beside the settings, and what a role answers to that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gpufleet.bundle.wanted import Target, Wanted


@dataclass(frozen=True)
class Choice:
    """What settings leave open, since no host is asked.

    Attributes:
        users: user and group id inside images, where settings declare none.
        cuda: CUDA majors, where settings say `auto`.
    """

    users: tuple[tuple[int, int], ...] = ((1000, 1000),)
    cuda: tuple[int, ...] = (12, 13)


Wants = Callable[[Mapping[str, object], Target, Choice], Wanted]
"""A role's `wanted(data, target, options)`: what it wants by the variables of one host; pure.

It raises SettingsError where these cannot be used.
"""
