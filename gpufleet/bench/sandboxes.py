"""Which sandbox of a host is measured. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from gpufleet.containers.inspect_output import observed
from gpufleet.containers.model import SANDBOX_LABEL
from gpufleet.images.recipe import ROLE_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gpufleet.containers.inspected import Observed

LISTED = (
    f"ids=$(docker ps --all --quiet --filter label={SANDBOX_LABEL}) && "
    'if [ -n "$ids" ]; then docker container inspect $ids; else echo "[]"; fi'
)
"""A shell command that shows all sandboxes of a host."""
RUNNING = "running"


class NoSandboxError(Exception):
    """There is none to measure in; the message says why."""


class Choice(NamedTuple):
    """A sandbox, and the others that run."""

    name: str
    others: tuple[str, ...]


def sandboxes(listed: str) -> list[Observed]:
    """Read what `LISTED` prints.

    Args:
        listed: its output.

    Raises:
        NoSandboxError: it is none.
    """
    try:
        found = [observed(raw, _nvidia(raw["Config"]["Env"] or ()), {}) for raw in json.loads(listed)]
    except (ValueError, KeyError, TypeError) as error:
        raise NoSandboxError(f"what Docker says of its containers was not understood: {error!r}") from error
    return sorted([each for each in found if each.name == each.sandbox], key=_rank)


def chosen(there: Sequence[Observed], wanted: str | None) -> Choice:
    """The sandbox to measure in: the named one, else the first that runs, asks for a GPU and has the image with Numba.

    Where none asks for a GPU it is the first that runs: on the simulator results can be checked all the same.

    Args:
        there: all of a host, as `sandboxes` sorts them.
        wanted: the name of one, None to choose.

    Raises:
        NoSandboxError: it is not there, or does not run; or those that ask for a GPU do not run, whatever else does.
    """
    running = [each.name for each in there if each.status == RUNNING]
    with_gpu = [each for each in there if each.container.gpus]
    eligible = [each.name for each in with_gpu or there if each.status == RUNNING]
    if wanted in running or (wanted is None and eligible):
        name = eligible[0] if wanted is None else wanted
        return Choice(name, tuple(other for other in running if other != name))
    states = ", ".join(f"{each.name} ({each.status})" for each in there) or "none"
    asking = " that asks for a GPU" if running else ""
    missing = f"no sandbox{asking} runs" if wanted is None else f"no sandbox {wanted} runs"
    way_out = "; --sandbox measures in another one" if wanted is None and running else ""
    raise NoSandboxError(f"{missing}; there is {states}{way_out}")


def _rank(one: Observed) -> tuple[bool, bool, str]:
    return not one.container.gpus, one.labels.get(ROLE_LABEL) != "cuda_image", one.name


def _nvidia(environment: Iterable[str]) -> dict[str, str]:
    """The variables that NVIDIA's runtime reads."""
    pairs = (line.partition("=")[::2] for line in environment)
    return {name: value for name, value in pairs if name.startswith("NVIDIA_")}
