"""containerd's configuration without the runtime for GPUs that we put there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.containerd.drop_in import HEADER
from gpufleet.containerd.imports import ImportsError
from gpufleet.containerd.planned import rid
from gpufleet.containerd.state import CONFIG, DROP_IN, IMPORT
from gpufleet.containerd.toml_text import TomlTextError
from gpufleet.facts.containerd import Containerd
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.containerd_commands import difference, given_back, remembered, written

if TYPE_CHECKING:
    from pyinfra.api import StringCommand

    from gpufleet.finding import Difference


@operation()
def absent(remedy: str = "apply") -> Commands:
    """Have neither that file nor the import; what is not ours stays, and what was there before us comes back.

    The import goes first: containerd starts in between, too.

    Args:
        remedy: what the findings say that takes it away.
    """
    with together():
        file, ours = host.get_fact(FileContent, path=CONFIG), host.get_fact(FileContent, path=DROP_IN)
    try:
        changes = {**_file(file, remedy), **_drop_in(ours, remedy)}
    except (TomlTextError, ImportsError) as error:
        way_out = f"Take {IMPORT} out of its imports."
        yield from refuse(CONFIG, expected=f"no import of {IMPORT}", observed=str(error), way_out=way_out)
        return
    if not changes:
        host.noop("gpufleet has put nothing into containerd's configuration")
        return
    state = host.get_fact(Containerd)
    yield from begin(*changes)
    yield from remembered(state)
    yield from changes.values()


def _file(found: object, remedy: str) -> dict[Difference, StringCommand]:
    if not isinstance(found, FileState) or IMPORT.encode() not in found.content:
        return {}
    left = rid(found.content)
    if left == found.content:
        return {}
    return {difference(CONFIG, found.content, left, remedy): written(CONFIG, left, found)}


def _drop_in(found: object, remedy: str) -> dict[Difference, StringCommand]:
    if not isinstance(found, FileState) or not found.content.startswith(HEADER.encode()):
        return {}
    before = host.get_fact(Remembered).before.get(DROP_IN)
    said = difference(DROP_IN, found.content, before.content if before else None, remedy)
    return {said: given_back() if before else written(DROP_IN, None, found)}
