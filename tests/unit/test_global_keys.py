"""Keys that apt trusts for every repository: found among others, taken out alone, kept where something needs them."""

from __future__ import annotations

import pytest
from pysequoia import Cert, Profile, SignatureMode, Tsk, sign

from gpufleet.apt.global_keys import added, holding, keys
from gpufleet.apt.openpgp import binary
from gpufleet.apt.signatures import issuers, signed_with
from gpufleet.facts.conffiles import LeftConffiles
from gpufleet.facts.global_keys import decoded
from gpufleet.operations.apt.global_keys import other_lists

VENDOR, OTHER = (Tsk.generate(user_id=f"{name} <{name}@lab.invalid>", profile=Profile.RFC4880) for name in "ab")


def public(key: Tsk) -> bytes:
    return str(key.extract_certificate()).encode()


def fingerprint(key: Tsk) -> str:
    return str(key.extract_certificate().fingerprint).upper()


RING = binary(public(OTHER)) + binary(public(VENDOR))


def test_the_keys_of_a_keyring_are_told_apart_and_nothing_of_them_is_lost() -> None:
    found = keys(RING)
    assert [key.fingerprint for key in found] == [fingerprint(OTHER), fingerprint(VENDOR)]
    assert b"".join(key.content for key in found) == RING


def test_one_key_is_taken_out_of_a_keyring_and_the_other_stays_as_it_was() -> None:
    [(path, (key, rest))] = holding({"/ring": RING, "/none": binary(public(OTHER))}, fingerprint(VENDOR)).items()
    assert (path, key.fingerprint) == ("/ring", fingerprint(VENDOR))
    assert rest == binary(public(OTHER))
    assert str(Cert.from_bytes(rest).fingerprint).upper() == fingerprint(OTHER)


def test_a_file_with_that_key_only_would_hold_nothing_armored_or_not() -> None:
    for content in (public(VENDOR), binary(public(VENDOR))):
        assert holding({"/own": content}, fingerprint(VENDOR))["/own"][1] == b""


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x99\x01", b"KBXf\x00\x00"])
def test_a_file_that_apt_reads_nothing_from_holds_no_key(content: bytes) -> None:
    assert holding({"/broken": content}, fingerprint(VENDOR)) == {}


def test_a_key_that_was_taken_out_comes_back_and_one_that_was_added_since_stays() -> None:
    third = Tsk.generate(user_id="c <c@lab.invalid>", profile=Profile.RFC4880)
    without = holding({"/ring": RING}, fingerprint(VENDOR))["/ring"][1]
    assert added(RING, without, fingerprint(VENDOR)) == RING
    grown = added(RING, without + binary(public(third)), fingerprint(VENDOR))
    assert grown is not None
    assert [key.fingerprint for key in keys(grown)] == [fingerprint(key) for key in (OTHER, third, VENDOR)]


@pytest.mark.parametrize(
    ("before", "now"), [(RING, RING), (binary(public(OTHER)), binary(public(OTHER))), (RING, b"<html>"), (b"", RING)]
)
def test_nothing_is_added_where_the_key_is_was_not_or_cannot_be_told(before: bytes, now: bytes) -> None:
    assert added(before, now, fingerprint(VENDOR)) is None


@pytest.mark.parametrize("mode", [SignatureMode.CLEAR, SignatureMode.DETACHED])
def test_a_repository_tells_who_signed_it(mode: SignatureMode) -> None:
    signed = bytes(sign(VENDOR.signer(), b"Origin: lab\n", mode=mode))
    vendor, other = (keys(binary(public(key)))[0] for key in (VENDOR, OTHER))
    assert signed_with({"InRelease": signed}, vendor) == ["InRelease"]
    assert signed_with({"InRelease": signed}, other) == []
    assert issuers(signed)


@pytest.mark.parametrize("text", [b"", b"-----BEGIN PGP SIGNATURE-----\n\n!!\n-----END PGP SIGNATURE-----"])
def test_a_text_without_a_sound_signature_was_signed_by_nobody(text: bytes) -> None:
    assert issuers(text) == frozenset()


def test_lists_of_the_vendors_own_repository_do_not_count() -> None:
    signed = {
        "nvidia.github.io_libnvidia-container_stable_deb_amd64_InRelease": b"",
        "nvidia.github.io_libnvidia-container-of-ours_InRelease": b"",
        "mirror.example.org_a%5fb_InRelease": b"",
    }
    urls = ["https://nvidia.github.io/libnvidia-container", "http://mirror.example.org/a_b/"]
    assert list(other_lists(signed, urls)) == ["nvidia.github.io_libnvidia-container-of-ours_InRelease"]


def test_files_come_back_under_names_with_blanks() -> None:
    assert decoded(["a2V5 /etc/apt/trusted.gpg.d/my key.gpg"]) == {"/etc/apt/trusted.gpg.d/my key.gpg": b"key"}


def test_configuration_files_of_removed_packages_are_found_and_those_of_installed_ones_are_not() -> None:
    lines = [
        "nvidia-docker2 config-files",
        " /etc/docker/daemon.json 8a80554c91d9fca8acb82f023de02f11",
        " /etc/old.conf 8a80554c91d9fca8acb82f023de02f11 obsolete",
        "nvidia-container-runtime installed",
        " /etc/other 8a80554c91d9fca8acb82f023de02f11",
        "nvidia-docker config-files",
        "",
        "end-of-packages",
    ]
    assert LeftConffiles().process(lines) == {"nvidia-docker2": ("/etc/docker/daemon.json", "/etc/old.conf")}
