"""What is said of a sandbox that is not to be there: by an apply, and by a removal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gpufleet.operations.removal_containers import REMOVED
from gpufleet.operations.undeclared_containers import UNDECLARED
from tests.unit.container_cases import as_made

if TYPE_CHECKING:
    from gpufleet.operations.container_removal import Fate

USED = ["a session of docker exec"]
IN_USE = "it is in use (a session of docker exec): end that or run `docker stop py`, then {} again"


@pytest.mark.parametrize(
    ("fate", "used", "consented", "remedy"),
    [
        (UNDECLARED, USED, True, IN_USE.format("apply")),
        (UNDECLARED, USED, False, UNDECLARED.consent),
        (UNDECLARED, [], False, UNDECLARED.consent),
        (REMOVED, USED, True, IN_USE.format("remove")),
        (REMOVED, USED, False, IN_USE.format("remove")),
        (REMOVED, [], False, REMOVED.consent),
    ],
)
def test_one_that_stays_is_said_with_who_uses_it_or_how_to_consent(
    fate: Fate, used: list[str], consented: bool, remedy: str
) -> None:
    said = fate.left(as_made(status="exited"), used, consented=consented)
    assert (said.kind, said.resource, said.observed, said.expected) == (
        "pending",
        "sandbox py",
        "exited",
        fate.expected,
    )
    assert said.remedy == remedy


def test_consent_is_asked_for_in_the_words_of_each_command() -> None:
    assert "sandbox_remove_undeclared: true" in UNDECLARED.consent
    assert REMOVED.consent.startswith("remove with --containers")
