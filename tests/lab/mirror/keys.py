"""OpenPGP keys made for the lab: they sign the mirror's repositories, as the vendors' own keys do theirs.

pysequoia makes them and signs with them, so the machine needs no gnupg. Signatures use SHA-512: both of apt's
verifiers, gpgv (Debian 12) and sqv (Debian 13), take them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pysequoia import Cert, Profile, SignatureMode, Tsk, sign

if TYPE_CHECKING:
    from pathlib import Path

OWNERS = {
    "docker": "Lab stand-in for Docker Release (not Docker's key) <docker@lab.invalid>",
    "other": "Lab key that signs nothing <other@lab.invalid>",
    "nvidia": "Lab stand-in for NVIDIA (not NVIDIA's key) <nvidia@lab.invalid>",
}


@dataclass(frozen=True)
class SigningKey:
    """A secret key that signs repositories."""

    secret: Tsk

    def inline(self, text: bytes) -> bytes:
        """`text` inside a cleartext signature, as InRelease wants it."""
        return bytes(sign(self.secret.signer(), text, mode=SignatureMode.CLEAR))

    def detached(self, text: bytes) -> bytes:
        """An armored signature beside `text`, as Release.gpg wants it."""
        return bytes(sign(self.secret.signer(), text, mode=SignatureMode.DETACHED))


def make(folder: Path) -> None:
    """Fill `folder` with a secret key (NAME.key, its owner's only) and a public one (NAME.asc) per name in `OWNERS`."""
    for name, owner in OWNERS.items():
        secret = Tsk.generate(user_id=owner, profile=Profile.RFC4880)
        path = folder / f"{name}.key"
        path.touch(mode=0o600)
        path.write_text(str(secret))
        (folder / f"{name}.asc").write_text(str(secret.extract_certificate()))


def load(folder: Path, name: str) -> SigningKey:
    """The key `name` that `make` left in `folder`."""
    return SigningKey(Tsk.from_file(str(folder / f"{name}.key")))


def published(folder: Path, name: str) -> bytes:
    """The public key `name`, armored, as the vendors publish theirs."""
    return (folder / f"{name}.asc").read_bytes()


def fingerprint(folder: Path, name: str) -> str:
    """The primary key's fingerprint, upper-case hexadecimal, as gpg prints it."""
    return str(Cert.from_bytes(published(folder, name)).fingerprint).upper()
