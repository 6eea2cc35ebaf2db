"""A vendor's key in no keyring that apt trusts for every repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, operation

from gpufleet.apt.global_keys import holding
from gpufleet.apt.signatures import signed_with
from gpufleet.apt.sources import repository_name
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.global_keys import GlobalKeyrings, SignedLists
from gpufleet.finding import Difference
from gpufleet.operations.before import set_aside
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.files import write_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@operation()
def not_global(key: str, repositories: Sequence[str]) -> Commands:
    """Have a vendor's key trusted for its own repository only, which names its keyring.

    One with which another repository of the host is signed stays: that one may have no other.

    Args:
        key: the pinned fingerprint of the primary key.
        repositories: URLs of the vendor's repository, former ones included.
    """
    keyrings: dict[str, bytes] = host.get_fact(GlobalKeyrings)
    found = holding(keyrings, key)
    if not found:
        host.noop(f"{key} is trusted for no other repository")
        return
    signed: dict[str, bytes] = host.get_fact(SignedLists)
    others = other_lists(signed, repositories)
    if needed := sorted({name for kept, _ in found.values() for name in signed_with(others, kept)}):
        host.noop(f"{', '.join(found)} keeps the key {key}, with which {', '.join(needed)} is signed")
        return
    expected = "a key for the vendor's own repository only"
    yield from begin(
        *(Difference(kind="unmanaged", resource=path, expected=expected, observed=f"key {key}") for path in found)
    )
    for path, (_, rest) in found.items():
        file = host.get_fact(FileContent, path=path)  # whoever only checks does not come here
        yield set_aside(path, *(() if rest else ("&& rm -f", QuoteString(path))))
        if rest and isinstance(file, FileState):
            yield write_file(path, rest, file.mode, file.owner)


def other_lists(signed: Mapping[str, bytes], repositories: Sequence[str]) -> dict[str, bytes]:
    """The lists of other repositories than these. Pure.

    Args:
        signed: signatures by the name of the list, which is the repository's address with `_` for `/`.
        repositories: URLs.
    """
    own = tuple(f"{repository_name(url).replace('_', '%5f').replace('/', '_')}_" for url in repositories)
    return {name: text for name, text in signed.items() if not name.startswith(own)}
