"""One source for a repository.

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
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.files import text_diff, write_file
from gpufleet.state import BACKUPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gpufleet.facts.answer import Unreadable


@operation()
def source(path: str, text: str, repository: str) -> Commands:
    """Have exactly one source for a repository; entries for it elsewhere go, their files are kept as backups.

    Args:
        path: of the `.sources` file.
        text: its content.
        repository: URL of the vendor's repository; entries for anything below it clash.
    """
    files = host.get_fact(AptSourceFiles)
    foreign = clashes(files, repository_name(repository), path)
    found = host.get_fact(FileContent, path=path)
    differences = [*_clash_differences(path, foreign), *_source_difference(path, text, found)]
    if not differences:
        host.noop(f"{path} is the one source for {repository}")
        return
    yield from begin(*differences)
    for file, remaining in foreign.items():
        yield StringCommand(f"mkdir -p {BACKUPS} && cp -p", QuoteString(file), f"{BACKUPS}/")
        yield StringCommand("rm -f", QuoteString(file)) if is_empty(remaining) else _rewrite(file, remaining)
    yield write_file(path, text.encode())


def _rewrite(path: str, text: str) -> StringCommand:
    return write_file(path, text.encode(errors="surrogateescape"))


def _clash_differences(path: str, foreign: Mapping[str, str]) -> Iterator[Difference]:
    for file in foreign:
        expected = f"no entry for the repository that {path} names"
        yield Difference(kind="unmanaged", resource=file, expected=expected, observed="an entry for it")


def _source_difference(path: str, text: str, found: FileState | Unreadable | None) -> Iterator[Difference]:
    wanted = FileState(text.encode(), "644", "root:root")
    if found == wanted:
        return
    expected = "the declared source"
    if isinstance(found, FileState):
        diff = text_diff(path, found.content, wanted.content)
        yield Difference(kind="config", resource=path, expected=expected, observed="another content or mode", diff=diff)
    else:
        yield Difference(kind="config", resource=path, expected=expected, observed=found.why if found else "no file")
