"""A vendor's key that apply took out of a keyring in which it stood beside others: back in its place.

The sources that stood elsewhere before us come back with a removal, and may have no other key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.apt.global_keys import added
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.global_keys import TRUSTED
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.files import write_file
from gpufleet.operations.removal import Unless, going, stays

if TYPE_CHECKING:
    from gpufleet.made import Made


@operation()
def key_given_back(key: str, unless: Unless) -> Commands:
    """Have a vendor's key trusted again where it was before us; a file that is gone is another operation's.

    Args:
        key: the pinned fingerprint of the primary key.
        unless: why everything is left as it is.
    """
    if (yield from stays(unless)):
        return
    made: Made = host.get_fact(Remembered)
    before = {path: file for path, file in made.before.items() if path.startswith(TRUSTED)}
    with together():
        found = {path: host.get_fact(FileContent, path=path) for path in before}
    files = {path: file for path, file in found.items() if isinstance(file, FileState)}
    contents = {path: added(before[path].content, file.content, key) for path, file in files.items()}
    wanted = {path: content for path, content in contents.items() if content is not None}
    if not wanted:
        host.noop(f"no keyring lacks {key} by gpufleet's doing")
        return
    yield from begin(*(going(path, f"without {key}", f"key {key} among others") for path in wanted))
    for path, content in wanted.items():
        yield write_file(path, content, files[path].mode, files[path].owner)
