"""Keys that apt trusts for every repository: found in keyrings, taken out, put back. Pure.

`apt-key add`, as older articles have it, puts a vendor's key into /etc/apt/trusted.gpg; others put it into
/etc/apt/trusted.gpg.d. Either way its owner may sign any repository of the host, Debian's own included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.apt.openpgp import PUBLIC_KEY, KeyringError, binary, fingerprint_of, packets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gpufleet.apt.openpgp import Packet

PUBLIC_SUBKEY = 14


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
