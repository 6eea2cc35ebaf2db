"""Files that go, or that become again what they were."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.apt.sources import clashes, repository_name
from gpufleet.dockerd.state import DAEMON_JSON
from gpufleet.facts.apt import AptSourceFiles
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.notice import notice
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.removal import Unless, going, stays
from gpufleet.state import BEFORE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gpufleet.facts.answer import Unreadable
    from gpufleet.finding import Difference
    from gpufleet.made import Made

ELSEWHERE = ("/run/", "/var/run/", "/etc/apt/sources.list")
"""Where a boot leaves nothing, and what is out of date is worse than nothing; and what goes with a vendor's source."""
HEADER = b"# Managed by gpufleet."
"""How what only gpufleet writes begins."""


@operation()
def file_given_back(path: str, unless: Unless) -> Commands:
    """Have a file of ours gone, or again what lay there before us.

    One of which that is not known stays, unless it says itself that it is ours.

    Args:
        path: of the file.
        unless: why it is left as it is.
    """
    if (yield from stays(unless)):
        return
    with together():
        found, made = host.get_fact(FileContent, path=path), host.get_fact(Remembered)
    if restored := _restored(path, found, made):
        yield from begin(going(path, expected="what was there before"))
        yield restored
    elif _ours(path, found, made):
        yield from begin(going(path))
        yield StringCommand("rm -f --", QuoteString(path))
    else:
        if found is not None and not made.known:
            notice(f"{path} stays: it is not known whether gpufleet has made it.")
        host.noop(f"{path} is not gpufleet's")


@operation()
def trace_removed(path: str, unless: Unless) -> Commands:
    """Have a file gone that only gpufleet writes, whatever is known of it.

    Args:
        path: of the file.
        unless: why it is left as it is.
    """
    if (yield from stays(unless)):
        return
    if host.get_fact(FileContent, path=path) is None:
        host.noop(f"there is no {path}")
        return
    yield from begin(going(path))
    yield StringCommand("rm -f --", QuoteString(path))


@operation()
def source_given_back(path: str, repositories: Sequence[str], unless: Unless) -> Commands:
    """Have our source of a vendor's repository gone, and those that stood elsewhere before us back in their places.

    Args:
        path: of our file.
        repositories: URLs of the vendor's repository, former ones included.
        unless: why all that is left as it is.
    """
    if (yield from stays(unless)):
        return
    with together():
        found, made = host.get_fact(FileContent, path=path), host.get_fact(Remembered)
        files: dict[str, str] = host.get_fact(AptSourceFiles)
    commands = {}
    if restored := _restored(path, found, made):
        commands[path] = restored
    elif _ours(path, found, made):
        commands[path] = StringCommand("rm -f --", QuoteString(path))
    for other in replaced_sources(path, repositories, made, files):
        commands[other] = back(other)
    if not commands:
        host.noop(f"there is no {path} of gpufleet's")
        return
    yield from begin(*(_going(each, path, made) for each in commands))
    yield from commands.values()


@operation()
def others_put_back(unless: Unless) -> Commands:
    """Have files of the user's again that apply took away whole, as a key that apt trusted for every repository.

    Args:
        unless: why they stay away.
    """
    if (yield from stays(unless)):
        return
    made: Made = host.get_fact(Remembered)
    wanted = [path for path in made.before if path != DAEMON_JSON and not path.startswith(ELSEWHERE)]
    with together():
        places = {path: host.get_fact(FileContent, path=path) for path in wanted}
    gone = [path for path, found in places.items() if found is None]
    if not gone:
        host.noop("nothing is missing")
        return
    yield from begin(*(going(path, "absent", "what was there before") for path in gone))
    for path in gone:
        yield back(path)


def replaced_sources(path: str, repositories: Sequence[str], made: Made, files: Mapping[str, str]) -> list[str]:
    """Source files of the user's that apply emptied of a vendor's entries, and that nobody has changed since. Pure.

    Args:
        path: of our own file.
        repositories: URLs of the vendor's repository.
        made: what the host remembers.
        files: the text of every source file now.
    """
    before = {name: file.content.decode(errors="surrogateescape") for name, file in made.before.items()}
    left = clashes(before, map(repository_name, repositories), path)
    return [name for name, text in left.items() if name not in files or files[name] == text]


def back(path: str) -> StringCommand:
    """The command that puts a file back as it was before us; its folder may have gone with a package."""
    folder = QuoteString(str(PurePosixPath(path).parent))
    final, kept, beside = (QuoteString(name) for name in (path, f"{BEFORE}{path}", f"{path}.gpufleet"))
    return StringCommand("mkdir -p -m 755 --", folder, "&& cp -pP --", kept, beside, "&& mv -f --", beside, final)


def _going(each: str, path: str, made: Made) -> Difference:
    expected = "absent" if each not in made.before else "what was there before"
    return going(each, "there" if each == path else "without entries of this vendor", expected)


def _restored(path: str, found: FileState | Unreadable | None, made: Made) -> StringCommand | None:
    """The command, where something else lay there before us."""
    before = made.before.get(path)
    return back(path) if before is not None and found != before else None


def _ours(path: str, found: FileState | Unreadable | None, made: Made) -> bool:
    if found is None or path in made.before:
        return False
    written = isinstance(found, FileState) and (found.content.startswith(HEADER) or b"\n" + HEADER in found.content)
    return path in made.files or written
