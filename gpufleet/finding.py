"""A finding: one difference between what is declared and what a host shows.

An operation yields its finding before the commands that mend it. A finding is a pyinfra command that changes
nothing: under plain pyinfra it prints one line, and whoever runs an operation's generator without executing it
gets the findings as data, with no second description of the check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pyinfra.api.command import PyinfraCommand

if TYPE_CHECKING:
    from pyinfra.api import Host, State
    from pyinfra.api.arguments import ConnectorArguments

FindingClass = Literal["config", "pending", "runtime", "version", "unmanaged", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What was expected, what was observed, and how it is mended.

    Attributes:
        kind: `config` (a file, package or unit differs), `runtime` (disk right, live state not), `version` (installed
            is not the pin), `unmanaged` (something of somebody else's clashes), `unknown` (could not be read),
            `pending` (waits for a person, or the declaration moved on since the last apply).
        resource: what differs: a path, a package, a unit, a user.
        expected: the declared state, in words short enough for one line.
        observed: what the host shows.
        remedy: what apply will do, or what a person has to do.
        diff: a unified diff for texts, without secrets.
        refused: apply will not change it, and stops this host there; the remedy says what a person can do.
        since: when what is observed came about, in seconds since the epoch; None where the host does not tell.
        waits_for: the resource of another finding, `docker.service`: this one could not be judged because of that, and
            says nothing of its own where that one is reported too.
    """

    kind: FindingClass
    resource: str
    expected: str
    observed: str
    remedy: str = "apply"
    diff: str | None = None
    refused: bool = False
    since: float | None = None
    waits_for: str | None = None

    def __str__(self) -> str:
        """One line for a person."""
        return f"{self.resource}: expected {self.expected}, found {self.observed}"


class Finding(PyinfraCommand):
    """A `Difference` as a pyinfra command that only says so."""

    def __init__(self, difference: Difference) -> None:
        super().__init__()
        self.difference = difference

    def __repr__(self) -> str:
        return f"Finding({self.difference})"

    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> bool:  # noqa: ARG002
        """Print the difference for this host; nothing is sent to it. A refusal's own command prints itself."""
        if self.difference.refused:
            return True
        remedy = self.difference.remedy
        host.log(f"{self.difference}" if remedy in {"apply", "remove"} else f"{self.difference}; {remedy}")
        return True


class Step(PyinfraCommand):
    """Says that the commands after it only serve to mend what another operation finds; it does nothing."""

    def __repr__(self) -> str:
        return "Step()"

    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> bool:  # noqa: ARG002
        """Nothing is sent to the host."""
        return True
