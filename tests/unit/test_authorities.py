"""Certificate authorities: trusted is what programs read, also after a run that was killed."""

from __future__ import annotations

import os
import subprocess
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from gpufleet.facts.authorities import ASIDE, FOLDER, LINKS, PREFIX, AddedAuthorities
from gpufleet.facts.scripts import script
from gpufleet.operations.authorities import mending

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW, OTHER = (f"-----BEGIN-----\n{letter * 64}\n{letter}==\n-----END-----\n".encode() for letter in "ANO")
SYSTEM = b"-----BEGIN-----\nSYSTEM\n-----END-----\n"
UPDATE = (
    f"{{ cat {LINKS}/system; for crt in {FOLDER}/*.crt; do [ -e $crt ] || continue; cat $crt; name=${{crt##*/}}; "
    f"ln -sf $crt {LINKS}/${{name%.crt}}.pem; done; }} > {LINKS}/new; mv {LINKS}/new {LINKS}/ca-certificates.crt"
)
"""What update-ca-certificates does."""


class Machine:
    """The two folders of a host, elsewhere."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for each in (FOLDER, LINKS):
            (folder / each[1:]).mkdir(parents=True)
        self.path("system", LINKS).write_bytes(SYSTEM)
        self.run("update-ca-certificates")

    def path(self, name: str, folder: str = FOLDER) -> Path:
        """A file of it, by default one of ours."""
        return self._folder / folder[1:] / name

    def run(self, command: str) -> str:
        """What a command prints, run there."""
        here = command.replace("update-ca-certificates", UPDATE).replace("root:root", f"{os.getuid()}:{os.getgid()}")
        for each in (FOLDER, LINKS):
            here = here.replace(each, f"{self._folder}{each}")
        return subprocess.run(["sh", "-c", here], check=True, capture_output=True, text=True).stdout

    def found(self) -> dict[str, str]:
        """What the fact says."""
        fact = AddedAuthorities()
        return fact.process(self.run(fact.command()).splitlines())

    def apply(self, commands: int | None = None, **declared: bytes) -> int:
        """The first commands of an apply, all without a number; how many there are."""
        every = list(mending(declared, self.found()))
        for command in every[:commands]:
            self.run(str(command.get_raw_value()))
        return len(every)

    def bundle(self) -> bytes:
        """What programs trust."""
        return self.path("ca-certificates.crt", LINKS).read_bytes()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def digests(**declared: bytes) -> dict[str, str]:
    return {name: sha256(content).hexdigest() for name, content in declared.items()}


def test_what_is_trusted_is_told_by_its_content(machine: Machine) -> None:
    assert machine.found() == {}
    machine.apply(a=OLD, b=OTHER.rstrip())
    assert machine.found() == digests(a=OLD, b=OTHER.rstrip())


def test_a_bundle_without_the_certificate_is_seen_and_mended(machine: Machine) -> None:
    machine.apply(a=OLD)
    for content in (SYSTEM, b"", SYSTEM + NEW):
        machine.path("ca-certificates.crt", LINKS).write_bytes(content)
        assert "ca-certificates.crt" in machine.found()["a"]
    machine.path("ca-certificates.crt", LINKS).unlink()
    assert machine.found() != digests(a=OLD)
    machine.apply(a=OLD)
    assert machine.found() == digests(a=OLD)
    assert machine.bundle() == SYSTEM + OLD


def test_a_missing_link_is_seen(machine: Machine) -> None:
    machine.apply(a=OLD)
    machine.path(f"{PREFIX}a.pem", LINKS).unlink()
    assert machine.found() == {"a": "not trusted yet"}


def test_ours_are_taken_out_of_what_a_removed_ca_certificates_has_left(tmp_path: Path) -> None:
    folder, links = tmp_path / "folder", tmp_path / "links"
    folder.mkdir()
    links.mkdir()
    aside, bundle, theirs = folder / f"{PREFIX}a.crt{ASIDE}", links / "ca-certificates.crt", folder / "theirs.crt"
    aside.write_bytes(OLD + NEW.rstrip())
    theirs.write_bytes(OTHER)
    bundle.write_bytes(SYSTEM + OLD + NEW + OTHER)
    (links / f"{PREFIX}a.pem").symlink_to(folder / f"{PREFIX}a.crt")
    (links / "0a0b0c0d.0").symlink_to(f"{PREFIX}a.pem")
    (links / "theirs.pem").symlink_to(theirs)
    (links / "1a1b1c1d.0").symlink_to("gone.pem")
    text = script("authorities-none.sh", "gpufleet.operations.scripts")
    without_the_program = {"PATH": "/usr/bin:/bin"}
    for _ in range(2):
        arguments = (folder, PREFIX, ASIDE, links, bundle)
        subprocess.run(["sh", "-c", text, "sh", *arguments], check=True, env=without_the_program)
        assert bundle.read_bytes() == SYSTEM + OTHER
        assert {each.name for each in links.iterdir()} == {"ca-certificates.crt", "theirs.pem", "1a1b1c1d.0"}
        assert list(folder.iterdir()) == [theirs]


def test_a_run_killed_after_any_command_is_seen_and_mended_by_the_next(machine: Machine) -> None:
    for killed_after in range(10):
        machine.apply(a=OLD, b=OTHER)
        if machine.apply(killed_after, a=NEW) <= killed_after:
            break
        assert machine.found() != digests(a=NEW) or killed_after == 0
        assert machine.found() == digests(a=OLD, b=OTHER) or killed_after > 0
        machine.apply(a=NEW)
        assert machine.found() == digests(a=NEW)
        assert machine.bundle() == SYSTEM + NEW
        assert sorted(each.name for each in machine.path("").iterdir()) == [f"{PREFIX}a.crt"]
    assert killed_after > 3
