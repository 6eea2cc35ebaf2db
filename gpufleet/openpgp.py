"""Reads apt keyrings: which primary key a file holds, without gnupg on the host."""

from __future__ import annotations

import base64
import binascii
import re

from pysequoia import Cert

ARMOR = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\s*\n(?:[\w-]+: [^\n]*\n)*\s*\n(.*?)\n(?:=([A-Za-z0-9+/]{4})\s*\n)?"
    rb"-----END PGP PUBLIC KEY BLOCK-----",
    re.DOTALL,
)


class KeyringError(ValueError):
    """The bytes are no keyring; the message says what they are instead."""


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
    try:
        keys = Cert.split_bytes(_binary(keyring))
    except RuntimeError as error:  # pysequoia raises nothing narrower
        raise KeyringError(f"not an OpenPGP key: {str(error).splitlines()[0]}") from None
    if len(keys) != 1:
        raise KeyringError(f"holds {len(keys)} primary keys, one is expected")
    return str(keys[0].fingerprint).upper()


def _binary(keyring: bytes) -> bytes:
    """Armored bytes without their armor, its checksum compared; others as they are."""
    if keyring[:1] > b"\x7f":  # every OpenPGP packet begins with its high bit set (RFC 9580, 4.2)
        return keyring
    blocks = ARMOR.findall(keyring)
    if b"-----BEGIN PGP PUBLIC KEY BLOCK-----" not in keyring:
        raise KeyringError(f"not an OpenPGP key, begins with {keyring.strip()[:30].decode(errors='replace')!r}")
    if len(blocks) != 1:
        raise KeyringError("the armor is incomplete" if not blocks else f"holds {len(blocks)} armored blocks")
    body, checksum = blocks[0]
    try:
        packets = base64.b64decode(re.sub(rb"\s", b"", body), validate=True)
    except binascii.Error as error:
        raise KeyringError(f"the armor is damaged: {error}") from None
    if checksum and base64.b64decode(checksum) != _crc24(packets).to_bytes(3, "big"):
        raise KeyringError("the armor's checksum is wrong")
    return packets


def _crc24(packets: bytes) -> int:
    """The checksum of an armor (RFC 9580, 6.1), which pysequoia does not compare."""
    crc = 0xB704CE
    for byte in packets:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc
