"""Reads apt keyrings: which primary key a file holds, without gnupg on the host.

Own code, some fifty lines of framing, since the maintained library was tried and can't be used here: pysequoia 0.1.35
ends the process with a segmentation fault in about every second run when called inside pyinfra's greenlets.
No signature is judged; apt does that with every use of the key.
"""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha1, sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ARMOR = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\s*\n(?:[\w-]+: [^\n]*\n)*\s*\n(.*?)\n(?:=([A-Za-z0-9+/]{4})\s*\n)?"
    rb"-----END PGP PUBLIC KEY BLOCK-----",
    re.DOTALL,
)
SIGNATURE, PUBLIC_KEY, USER_ID = 2, 6, 13
"""Types of packets (RFC 9580, 5)."""


class KeyringError(ValueError):
    """The bytes are no keyring; the message says what they are instead."""


class Packet(NamedTuple):
    """One packet.

    Attributes:
        kind: its type.
        body: what it holds.
        whole: the same behind its head, as it stands in the data.
    """

    kind: int
    body: bytes
    whole: bytes


def fingerprint(keyring: bytes) -> str:
    """The fingerprint of the one primary key in an apt keyring.

    Subkeys do not count: NVIDIA's key file still holds one that expired in 2021
    (https://github.com/NVIDIA/nvidia-container-toolkit/issues/650).

    Args:
        keyring: the file's bytes, armored or binary.

    Returns:
        40 (version 4 key) or 64 hexadecimal digits in upper case.

    Raises:
        KeyringError: empty, not OpenPGP, truncated, a wrong checksum, or more than one primary key.
    """
    if not keyring.strip():
        raise KeyringError("the file is empty")
    found = list(packets(binary(keyring)))
    keys = [packet.body for packet in found if packet.kind == PUBLIC_KEY]
    if len(keys) != 1:
        raise KeyringError(f"holds {len(keys)} primary keys, one is expected")
    if not {SIGNATURE, USER_ID} <= {packet.kind for packet in found}:
        raise KeyringError("the key is cut short: no user or no signature follows it")
    return fingerprint_of(keys[0])


def fingerprint_of(body: bytes) -> str:
    """The fingerprint of one key, from what its packet holds.

    RFC 9580, 5.5.4: SHA-1 for version 4, SHA-256 for version 6.

    Raises:
        KeyringError: of another version.
    """
    if body[:1] == b"\x04":
        return sha1(b"\x99" + len(body).to_bytes(2, "big") + body, usedforsecurity=False).hexdigest().upper()
    if body[:1] == b"\x06":
        return sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest().upper()
    raise KeyringError("a key of an unknown version")


def packets(data: bytes) -> Iterator[Packet]:
    """Every packet (RFC 9580, 4.2).

    Args:
        data: a keyring or a signature, without its armor.

    Raises:
        KeyringError: not OpenPGP, or cut short.
    """
    position = 0
    while position < len(data):
        head = data[position]
        if head < 0x80:  # noqa: PLR2004  (every packet begins with its high bit set)
            raise KeyringError("not an OpenPGP key")
        kind, start, size = _new_head(data, position) if head & 0x40 else _old_head(data, position)
        begin, position = position, start + size
        if position > len(data):
            raise KeyringError("the key is cut short")
        yield Packet(kind, data[start:position], data[begin:position])


def _new_head(data: bytes, position: int) -> tuple[int, int, int]:
    """Type, start and size of a packet in the newer format (4.2.1); partial lengths never occur in keys."""
    first = int.from_bytes(data[position + 1 : position + 2], "big")
    kind = data[position] & 0x3F
    if first < 192:  # noqa: PLR2004
        return kind, position + 2, first
    if first < 224:  # noqa: PLR2004
        return kind, position + 3, ((first - 192) << 8) + int.from_bytes(data[position + 2 : position + 3], "big") + 192
    return kind, position + 6, int.from_bytes(data[position + 2 : position + 6], "big")


def _old_head(data: bytes, position: int) -> tuple[int, int, int]:
    """Type, start and size of a packet in the older format (4.2.2)."""
    width = 1 << (data[position] & 3)
    if width == 8:  # noqa: PLR2004  (of indeterminate length: never in keys)
        raise KeyringError("not an OpenPGP key")
    start = position + 1 + width
    return (data[position] >> 2) & 0xF, start, int.from_bytes(data[position + 1 : start], "big")


def binary(keyring: bytes) -> bytes:
    """A keyring in the form that apt wants in a `.gpg` file: armored bytes without their armor, others as they are.

    Args:
        keyring: the file's bytes, armored or binary.

    Raises:
        KeyringError: no keyring, or an armor that is incomplete or whose checksum is wrong.
    """
    if keyring[:1] > b"\x7f":
        return keyring
    if b"-----BEGIN PGP PUBLIC KEY BLOCK-----" not in keyring:
        raise KeyringError(f"not an OpenPGP key, begins with {keyring.strip()[:30].decode(errors='replace')!r}")
    blocks = ARMOR.findall(keyring)
    if len(blocks) != 1:
        raise KeyringError("the armor is incomplete" if not blocks else f"holds {len(blocks)} armored blocks")
    body, checksum = blocks[0]
    try:
        content = base64.b64decode(re.sub(rb"\s", b"", body), validate=True)
    except binascii.Error as error:
        raise KeyringError(f"the armor is damaged: {error}") from None
    if checksum and base64.b64decode(checksum) != _crc24(content).to_bytes(3, "big"):
        raise KeyringError("the armor's checksum is wrong")
    return content


def _crc24(content: bytes) -> int:
    """The checksum of an armor (RFC 9580, 6.1)."""
    crc = 0xB704CE
    for byte in content:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc
