"""Who signed what apt has of a repository: its InRelease, or its Release.gpg. Pure; no signature is judged."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from gpufleet.apt.openpgp import SIGNATURE, KeyringError, packets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gpufleet.apt.global_keys import Key

ISSUER_KEY, ISSUER_FINGERPRINT = 16, 33
"""Types of a signature's subpackets (RFC 9580, 5.2.3.7)."""
KEY_ID_DIGITS = 16
SIGNATURES = re.compile(
    rb"-----BEGIN PGP SIGNATURE-----\s*?\n(?:[\w-]+: [^\n]*\n)*\s*?\n(.*?)\n(?:=[A-Za-z0-9+/]{4}\s*\n)?"
    rb"-----END PGP SIGNATURE-----",
    re.DOTALL,
)


def signed_with(signed: Mapping[str, bytes], key: Key) -> list[str]:
    """The files that were signed by a key.

    Args:
        signed: by name, what holds an armored signature: an InRelease, or a Release.gpg.
        key: the key.
    """
    ids = {fingerprint[-KEY_ID_DIGITS:] for fingerprint in key.fingerprints}
    return [name for name, text in signed.items() if ids & {issuer[-KEY_ID_DIGITS:] for issuer in issuers(text)}]


def issuers(text: bytes) -> frozenset[str]:
    """Who signed a text: fingerprints, or the last 16 digits of them; nobody where that cannot be told.

    Args:
        text: whatever holds armored signatures.
    """
    found: set[str] = set()
    for armored in SIGNATURES.findall(text):
        try:
            content = base64.b64decode(re.sub(rb"\s", b"", armored), validate=True)
            found.update(who for each in packets(content) if each.kind == SIGNATURE for who in _issuers(each.body))
        except (binascii.Error, KeyringError, IndexError):
            continue
    return frozenset(found)


def _issuers(body: bytes) -> Iterator[str]:
    """A signature of version 4 (RFC 9580, 5.2.3): type, algorithms, then two areas of subpackets behind their sizes."""
    if body[0] != 4:  # noqa: PLR2004
        return
    position = 4
    for _ in range(2):
        size = int.from_bytes(body[position : position + 2], "big")
        yield from _issuers_of(body[position + 2 : position + 2 + size])
        position += 2 + size


def _issuers_of(area: bytes) -> Iterator[str]:
    position = 0
    while position < len(area):
        size, start = _size(area, position)
        kind, content = area[start] & 0x7F, area[start + 1 : start + size]
        if kind == ISSUER_KEY:
            yield content.hex().upper()
        elif kind == ISSUER_FINGERPRINT:
            yield content[1:].hex().upper()  # behind the key's version
        position = start + size


def _size(area: bytes, position: int) -> tuple[int, int]:
    """Size of a subpacket and where it begins (RFC 9580, 5.2.3.1)."""
    first = area[position]
    if first < 192:  # noqa: PLR2004
        return first, position + 1
    if first < 255:  # noqa: PLR2004
        return ((first - 192) << 8) + area[position + 1] + 192, position + 2
    return int.from_bytes(area[position + 1 : position + 5], "big"), position + 5
