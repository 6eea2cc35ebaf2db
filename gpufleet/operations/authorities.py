"""Certificate authorities that a host trusts besides its own."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.facts.authorities import ASIDE, BUNDLE, FOLDER, LINKS, PREFIX, AddedAuthorities
from gpufleet.finding import Difference
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.files import write_file
from gpufleet.operations.scripts import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


PACKAGE = "ca-certificates"
SET_ASIDE = f'sh -c \'if [ -e "$1" ]; then mv -f "$1" "$1{ASIDE}"; fi; rm -f "$2"\' sh'


@operation()
def authorities(certificates: Mapping[str, bytes]) -> Commands:
    """Trust exactly these authorities besides those that gpufleet did not add. Needs `PACKAGE`.

    Args:
        certificates: PEM text by name; the name is part of a file's name on the host.
    """
    found = host.get_fact(AddedAuthorities)
    differences = list(_differences(certificates, found))
    if not differences:
        host.noop("the declared certificate authorities are trusted")
        return
    yield from begin(*differences)
    yield from mending(certificates, found)


def mending(certificates: Mapping[str, bytes], found: Mapping[str, str]) -> Iterator[StringCommand]:
    """The commands that have exactly these authorities trusted; killed after any of them, `AddedAuthorities` tells.

    Args:
        certificates: PEM text by name.
        found: what `AddedAuthorities` said.
    """
    for name in sorted(found.keys() - certificates.keys()):
        yield StringCommand(SET_ASIDE, QuoteString(_path(name)), QuoteString(_link(name)))
    for name, certificate in certificates.items():
        if found.get(name) != sha256(certificate).hexdigest():
            yield StringCommand("rm -f", QuoteString(_link(name)))  # else its old hash would stay that of the new one
            yield write_file(_path(name), certificate)
    if certificates:
        yield StringCommand(f"update-ca-certificates && rm -f {FOLDER}/{PREFIX}*.crt{ASIDE}")
    else:  # by now somebody may have removed `PACKAGE`
        yield run("authorities-none.sh", arguments=[FOLDER, PREFIX, ASIDE, LINKS, BUNDLE])


def _link(name: str) -> str:
    return f"{LINKS}/{PREFIX}{name}.pem"


def _path(name: str) -> str:
    return f"{FOLDER}/{PREFIX}{name}.crt"


def _differences(certificates: Mapping[str, bytes], found: Mapping[str, str]) -> Iterator[Difference]:
    for name, certificate in certificates.items():
        wanted = sha256(certificate).hexdigest()
        if found.get(name) != wanted:
            observed = found.get(name, "absent")
            yield _difference(name, f"SHA-256 {wanted}", observed)
    for name in sorted(found.keys() - certificates.keys()):
        yield _difference(name, "absent", "trusted")


def _difference(name: str, expected: str, observed: str) -> Difference:
    """None of them is trusted while the package is not there that makes them so."""
    return Difference(kind="config", resource=_path(name), expected=expected, observed=observed, waits_for=PACKAGE)
