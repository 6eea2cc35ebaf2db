"""Keyrings: the right key is known by its fingerprint, and nothing else passes for it."""

from __future__ import annotations

import base64

import pytest
from pysequoia import Tsk

from gpufleet.apt.openpgp import KeyringError, _crc24, binary, fingerprint
from gpufleet.facts.files import FileState
from gpufleet.operations.apt.keyring import trouble


def armored(packets: bytes) -> bytes:
    """As gpg --armor writes it, with checksum."""
    body = base64.encodebytes(packets)
    checksum = base64.b64encode(_crc24(packets).to_bytes(3, "big"))
    frame = b"-----%s PGP PUBLIC KEY BLOCK-----\n"
    return frame % b"BEGIN" + b"\n" + body + b"=" + checksum + b"\n" + frame % b"END"


KEY = Tsk.generate("Lab <lab@example.org>").extract_certificate()
PACKETS = bytes(KEY)
ARMORED = armored(PACKETS)


def test_an_armored_key_shows_its_fingerprint() -> None:
    assert fingerprint(ARMORED) == KEY.fingerprint.upper()


def test_a_binary_key_shows_its_fingerprint() -> None:
    assert fingerprint(PACKETS) == KEY.fingerprint.upper()


def test_an_armor_comes_off_and_nothing_else_changes() -> None:
    assert binary(ARMORED) == binary(PACKETS) == PACKETS


def test_the_checksum_is_the_one_of_the_standard() -> None:
    assert _crc24(b"123456789") == 0x21CF02


@pytest.mark.parametrize(
    ("keyring", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<!DOCTYPE html><p>Sign in</p>", "begins with '<!DOCTYPE html>"),
        (ARMORED[: len(ARMORED) // 2], "incomplete"),
        (ARMORED[:-30], "incomplete"),
        (PACKETS[: len(PACKETS) // 2], "cut short"),
        (ARMORED + ARMORED, "2 armored blocks"),
        (PACKETS + bytes(Tsk.generate("Other <o@example.org>").extract_certificate()), "2 primary keys"),
        (armored(PACKETS).replace(b"\n=", b"\n=A", 1), "damaged"),
    ],
)
def test_anything_but_one_whole_key_is_refused(keyring: bytes, said: str) -> None:
    with pytest.raises(KeyringError, match=said):
        fingerprint(keyring)


def test_one_changed_letter_in_the_armor_is_noticed() -> None:
    position = len(ARMORED) // 2
    letter = b"A" if ARMORED[position : position + 1] != b"A" else b"B"
    with pytest.raises(KeyringError, match="checksum"):
        fingerprint(ARMORED[:position] + letter + ARMORED[position + 1 :])


def test_an_armored_key_is_right_in_an_asc_file_and_wrong_in_a_gpg_file() -> None:
    key = KEY.fingerprint.upper()
    found = {form: FileState(form, "644", "root:root") for form in (ARMORED, PACKETS)}
    assert trouble(found[ARMORED], key, "/etc/apt/keyrings/x.asc") is None
    assert trouble(found[PACKETS], key, "/usr/share/keyrings/x.gpg") is None
    assert trouble(found[ARMORED], key, "/usr/share/keyrings/x.gpg") == (
        "an armored key in a .gpg file, which apt does not read"
    )
