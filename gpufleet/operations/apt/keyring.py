"""A vendor's signing key in a keyring.

pyinfra's `apt.key` never compares what an installed keyring holds, and takes whatever lies at a predictable path in
/tmp for its download.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.apt.openpgp import KeyringError, binary, fingerprint
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.files import FileContent, FileState
from gpufleet.finding import Difference
from gpufleet.operations.apt.bundled_key import bundled_key
from gpufleet.operations.bundle import refused
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.files import write_file
from gpufleet.state import STATE_DIRECTORY

if TYPE_CHECKING:
    from gpufleet.bundle.chosen import Bundle

DOWNLOAD = f"{STATE_DIRECTORY}/keyring.download"


@operation()
def keyring(path: str, url: str, key: str, bundle: Bundle | None = None) -> Commands:
    """Have a vendor's key, and no other, in a keyring.

    The key is downloaded by apt itself, with its proxies, or comes out of a bundle. It is installed only when its
    primary fingerprint is the pinned one; what is installed is compared on every run.

    Args:
        path: of the keyring on the host; apt takes a `.gpg` file only as binary, an `.asc` file only as armored.
        url: where the vendor publishes the key.
        key: the pinned fingerprint of the primary key, 40 hexadecimal digits.
        bundle: what it comes from; None where it is downloaded.
    """
    found = host.get_fact(FileContent, path=path)
    observed = trouble(found, key, path)
    if observed is None:
        host.noop(f"{path} holds the key {key}")
        return
    since = found.changed if isinstance(found, FileState) else None
    difference = Difference(kind="config", resource=path, expected=f"key {key}", observed=observed, since=since)
    yield from _downloaded(path, url, key, difference) if bundle is None else _bundled(path, key, bundle, difference)


def _downloaded(path: str, url: str, key: str, difference: Difference) -> Commands:
    yield from begin(difference)
    yield StringCommand(
        f"mkdir -p {STATE_DIRECTORY}; rm -f {DOWNLOAD};",
        "/usr/lib/apt/apt-helper -o APT::Sandbox::User=root -o Acquire::Retries=3 download-file",
        QuoteString(url),
        DOWNLOAD,
    )
    fetched = host.get_fact(FileContent, path=DOWNLOAD)
    yield StringCommand("rm -f", DOWNLOAD)
    observed = trouble(fetched, key)
    if observed is None and isinstance(fetched, FileState):
        yield _written(path, fetched.content)
        return
    way_out = "Nothing was installed. If the vendor has a new key, pin its fingerprint; else do not trust this source."
    yield from refuse(url, expected=f"key {key}", observed=observed or "no answer", way_out=way_out)


def _bundled(path: str, key: str, bundle: Bundle, difference: Difference) -> Commands:
    content = bundled_key(bundle, key)
    if isinstance(content, Objection):
        yield from refused([difference], content)
    elif observed := trouble(FileState(content, "644", "root:root"), key):
        way_out = "Nothing was installed. Make the bundle anew, from the vendor's own repository."
        objection = Objection("the key in the bundle", f"key {key}", observed, way_out)
        yield from refused([difference], objection)
    else:
        yield from begin(difference)
        yield _written(path, content)


def _written(path: str, content: bytes) -> StringCommand:
    return write_file(path, binary(content) if path.endswith(".gpg") else content)


def trouble(found: FileState | Unreadable | None, key: str, path: str = "") -> str | None:
    """Why a file is not a keyring with the pinned key.

    Args:
        found: the file.
        key: the pinned fingerprint.
        path: of the file; `.gpg` makes an armored one wrong.

    Returns:
        What it is instead, None when nothing is wrong.
    """
    if found is None:
        return "no file"
    if isinstance(found, Unreadable):
        return found.why
    if (found.mode, found.owner) != ("644", "root:root"):
        return f"mode {found.mode}, owner {found.owner}"
    try:
        actual = fingerprint(found.content)
    except KeyringError as error:
        return str(error)
    if path.endswith(".gpg") and binary(found.content) != found.content:
        return "an armored key in a .gpg file, which apt does not read"
    return None if actual == key else f"key {actual}"
