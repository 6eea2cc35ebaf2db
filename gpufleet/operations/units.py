"""Units of systemd that are ours.

pyinfra's `systemd.service` reloads systemd on every run or never, and takes a masked unit for one that is not enabled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.facts.files import FileContent
from gpufleet.facts.systemd import SystemdUnit, UnitState
from gpufleet.facts.together import together
from gpufleet.finding import Difference
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.files import file_difference, write_file
from gpufleet.state import BACKUPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.facts.answer import Unreadable
    from gpufleet.facts.files import FileState

UNITS = "/etc/systemd/system"
UNSET = """\
if [ -d /run/systemd/system ]; then
    systemctl disable --now -- "$1" && rm -f "$2" && systemctl daemon-reload
else
    systemctl disable -- "$1" && rm -f "$2"
fi"""
"""Where systemd is not the init (a WSL distribution may have switched it off), nothing runs that could be stopped."""


@operation()
def at_boot(unit: str, text: str) -> Commands:
    """Have a unit with exactly this content, which is started at boot. It is not started now.

    Files that change it from beside (`systemctl edit`) go into the backup: what it is to do is declared.

    Args:
        unit: its name, as `gpufleet-cdi.service`.
        text: content of its file.
    """
    path = f"{UNITS}/{unit}"
    with together():
        found, state = host.get_fact(FileContent, path=path), host.get_fact(SystemdUnit, unit=unit)
    contents = list(file_difference(path, text, "644", found))
    differences = [*contents, *unit_differences(unit, state, written=bool(contents))]
    if not differences:
        host.noop(f"{unit} is as declared and enabled")
        return
    yield from begin(*differences)
    if contents:
        yield write_file(path, text.encode())
    for drop_in in map(QuoteString, state.drop_ins):
        yield StringCommand(f"mkdir -p {BACKUPS} && cp -pL --backup=numbered", drop_in, f"{BACKUPS}/ && rm -f", drop_in)
    yield StringCommand("systemctl daemon-reload")
    yield StringCommand("systemctl enable --", QuoteString(unit))


@operation()
def absent(unit: str) -> Commands:
    """Have no such unit of ours.

    Args:
        unit: its name.
    """
    path = f"{UNITS}/{unit}"
    found: FileState | Unreadable | None = host.get_fact(FileContent, path=path)
    if found is None:
        host.noop(f"there is no {path}")
        return
    yield from begin(Difference(kind="config", resource=path, expected="absent", observed="there"))
    yield StringCommand("sh -c", QuoteString(UNSET), "sh", QuoteString(unit), QuoteString(path))


def unit_differences(unit: str, state: UnitState, *, written: bool) -> Iterator[Difference]:
    """How systemd's view of a unit differs from one that it starts at boot.

    Args:
        unit: its name.
        state: what systemd says.
        written: its file is about to be written, after which systemd reads it anew in any case.
    """
    for path in state.drop_ins:
        yield Difference(kind="config", resource=path, expected="no file that changes it", observed="one")
    if state.file != "enabled":
        observed = state.file or "unknown to systemd"
        yield Difference(kind="config", resource=unit, expected="enabled", observed=observed)
    if state.outdated and not written:
        observed = "it was read before it changed"
        yield Difference(kind="runtime", resource=unit, expected="systemd to have read its file", observed=observed)
