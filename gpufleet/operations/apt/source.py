"""One source for a repository: no entries elsewhere, and a file of its own (`gpufleet.operations.files.whole_file`).

pyinfra's `apt.sources_file` does nothing where the same repository stands in another file, and does not see further
stanzas or options in its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.apt.sources import clashes, is_empty, repository_name
from gpufleet.facts.apt import AptSourceFiles
from gpufleet.facts.files import FileContent, FileState
from gpufleet.finding import Difference
from gpufleet.operations.before import set_aside
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.files import write_file

if TYPE_CHECKING:
    from collections.abc import Sequence


@operation()
def alone(path: str | None, repositories: Sequence[str]) -> Commands:
    """Have no entries for a repository but those in one file; what others held is kept as a backup.

    To be done before apt is asked anything: two entries that name different keyrings make it refuse everything.

    Args:
        path: of the file that may have them; None where none may.
        repositories: URLs of the vendor's repository, former ones included; entries for anything below them go.
    """
    files: dict[str, str] = host.get_fact(AptSourceFiles)
    foreign = clashes(files, map(repository_name, repositories), path)
    where = f"outside of {path}" if path else "in any file"
    if not foreign:
        host.noop(f"no entry for {', '.join(repositories)} {where}")
        return
    expected = f"no entry for this vendor's repository {where}"
    yield from begin(
        *(Difference(kind="unmanaged", resource=file, expected=expected, observed="one") for file in foreign)
    )
    for file, remaining in foreign.items():
        found = host.get_fact(FileContent, path=file)  # whoever only checks does not come here
        yield set_aside(file)
        if is_empty(remaining):
            yield StringCommand("rm -f", QuoteString(file))
        elif isinstance(found, FileState):
            yield write_file(file, remaining.encode(errors="surrogateescape"), found.mode, found.owner)
