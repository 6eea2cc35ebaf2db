"""Keys that apt trusts for every repository, and which repositories were signed by which. Pure.

`apt-key add`, as older articles have it, puts a vendor's key into /etc/apt/trusted.gpg; others put it into
/etc/apt/trusted.gpg.d. Either way its owner may sign any repository of the host, Debian's own included.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.apt.openpgp import PUBLIC_KEY, SIGNATURE, KeyringError, binary, fingerprint_of, packets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gpufleet.apt.openpgp import Packet

PUBLIC_SUBKEY = 14
ISSUER_KEY, ISSUER_FINGERPRINT = 16, 33
"""Types of a signature's subpackets (RFC 9580, 5.2.3.7)."""
KEY_ID_DIGITS = 16
SIGNATURES = re.compile(
    rb"-----BEGIN PGP SIGNATURE-----\s*?\n(?:[\w-]+: [^\n]*\n)*\s*?\n(.*?)\n(?:=[A-Za-z0-9+/]{4}\s*\n)?"
    rb"-----END PGP SIGNATURE-----",
    re.DOTALL,
)


@dataclass(frozen=True)
class Key:
    """One key of a keyring.

    Attributes:
        fingerprint: of the primary key; empty where it is of a version that is not known here.
        fingerprints: of the primary key and of its subkeys, any of which may sign.
        content: its packets.
    """

    fingerprint: str
    fingerprints: frozenset[str]
    content: bytes


def keys(keyring: bytes) -> list[Key]:
    """The keys in a keyring, in order.

    Args:
        keyring: the file's bytes, armored or binary.

    Raises:
        KeyringError: they are no keyring; apt reads nothing from such a file either.
    """
    groups: list[list[Packet]] = []
    for packet in packets(binary(keyring)):
        if packet.kind == PUBLIC_KEY or not groups:
            groups.append([])
        groups[-1].append(packet)
    return [_key(group) for group in groups]


def holding(keyrings: Mapping[str, bytes], fingerprint: str) -> dict[str, tuple[Key, bytes]]:
    """The keyrings that hold a key.

    Args:
        keyrings: the bytes of each file, by path.
        fingerprint: of the primary key.

    Returns:
        By path the key, and what the file would hold without it: nothing where it holds no other.
    """
    found = {}
    for path, content in keyrings.items():
        try:
            there = keys(content)
        except KeyringError:
            continue
        wanted = [key for key in there if key.fingerprint == fingerprint]
        if wanted:
            rest = b"".join(key.content for key in there if key.fingerprint != fingerprint)
            found[path] = wanted[0], rest
    return found


def added(before: bytes, now: bytes, fingerprint: str) -> bytes | None:
    """What a keyring holds once a key that was taken out of it is in it again.

    Args:
        before: what it held when the key was still in it.
        now: what it holds.
        fingerprint: of the primary key.

    Returns:
        The former bytes where that makes the keyring what it was; None where there is nothing to add.
    """
    try:
        former, present = keys(before), keys(now)
    except KeyringError:
        return None
    wanted = [key for key in former if key.fingerprint == fingerprint]
    if not wanted or any(key.fingerprint == fingerprint for key in present):
        return None
    together = [*present, *wanted]
    same = sorted(key.content for key in together) == sorted(key.content for key in former)
    return before if same else b"".join(key.content for key in together)


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


def _key(group: Sequence[Packet]) -> Key:
    known = [(each.kind, _fingerprint(each.body)) for each in group if each.kind in (PUBLIC_KEY, PUBLIC_SUBKEY)]
    primary = next((fingerprint for kind, fingerprint in known if kind == PUBLIC_KEY), "")
    everyone = frozenset(fingerprint for _, fingerprint in known if fingerprint)
    return Key(primary, everyone, b"".join(each.whole for each in group))


def _fingerprint(body: bytes) -> str:
    try:
        return fingerprint_of(body)
    except KeyringError:
        return ""


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
