"""apt's indexes and its answers as data: stanzas, versions, what a plan installs. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gpufleet.facts.apt import package_state

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from gpufleet.facts.apt import Package

_FIELD = re.compile(r"^([A-Za-z0-9-]+):[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)
_OF_THE_FILE = {"filename", "size", "md5sum", "sha1", "sha256", "sha512"}
_URI = re.compile(r"^'(?P<uri>[^']+)' (?P<file>\S+) (?P<size>\d+) ?(?P<hash>\S*)$", re.MULTILINE)


@dataclass(frozen=True)
class Stanza:
    """A package as an index describes it.

    Attributes:
        text: the stanza, without an empty line at its end.
        fields: by name in small letters.
    """

    text: str
    fields: dict[str, str]

    @property
    def name(self) -> str:
        """Of the package."""
        return self.fields.get("package", "")

    @property
    def version(self) -> str:
        """Full version."""
        return self.fields.get("version", "")

    @property
    def architecture(self) -> str:
        """As dpkg names it, `all` among them."""
        return self.fields.get("architecture", "")

    @property
    def required(self) -> bool:
        """Part of the smallest system: of priority required, or essential."""
        return self.fields.get("priority") == "required" or self.fields.get("essential") == "yes"

    @property
    def control(self) -> str:
        """Its fields without those that speak of the file in its archive."""
        kept = (found[0] for found in _FIELD.finditer(self.text) if found[1].lower() not in _OF_THE_FILE)
        return "\n".join(kept) + "\n"


@dataclass(frozen=True)
class Download:
    """A file that apt would fetch.

    Attributes:
        file: its name in apt's folder of archives.
        size: in bytes.
        sha256: its hash; None where apt tells another one.
    """

    file: str
    size: int
    sha256: str | None

    @property
    def package(self) -> tuple[str, str, str]:
        """Name, version and architecture, which make up its name."""
        name, version, architecture = self.file.removesuffix(".deb").split("_")
        return name, unquote(version), architecture


def stanza(text: str) -> Stanza:
    """A stanza from its text."""
    return Stanza(text, {found[1].lower(): found[2].strip() for found in _FIELD.finditer(text)})


def split(index: str) -> Iterator[str]:
    """The texts of an index's stanzas."""
    return (text for part in index.split("\n\n") if (text := part.strip("\n")))


def chosen(index: str, names: Container[str]) -> Iterator[Stanza]:
    """The stanzas of some packages; an index holds some ten thousand, so the others are only looked at.

    Args:
        index: text of an index.
        names: of the packages.
    """
    for text in split(index):
        found = re.search(r"^Package: *(\S+)", text, re.MULTILINE)
        if found and found[1] in names:
            yield stanza(text)


def required(index: str) -> Iterator[Stanza]:
    """The stanzas of an index that the smallest system has, what those depend on left out."""
    for text in split(index):
        if "\nPriority: required\n" in f"{text}\n" or "\nEssential: yes\n" in f"{text}\n":
            yield stanza(text)


def downloads(printed: str) -> list[Download]:
    """What `apt-get --print-uris -o Acquire::ForceHash=SHA256` names.

    Args:
        printed: its output.
    """
    found = _URI.finditer(printed)
    return [Download(each["file"], int(each["size"]), _sha256(each["hash"])) for each in found]


def _sha256(words: str) -> str | None:
    name, _, value = words.partition(":")
    return value if name == "SHA256" else None


def planned(simulation: str) -> list[str]:
    """The packages that `apt-get --simulate install` would install.

    Args:
        simulation: its output, as `Inst docker-cli (26.1.5 Debian:13 [amd64])`.
    """
    return re.findall(r"^Inst (\S+) ", simulation, flags=re.MULTILINE)


def versions(madison: str) -> list[str]:
    """The versions that `apt-cache madison` names, newest first.

    Args:
        madison: its output for one package, as `docker-ce | 5:28.5.2-1~debian.13~trixie | https://… Packages`.
    """
    rows = (line.split(" | ") for line in madison.splitlines())
    return list(dict.fromkeys(row[1].strip() for row in rows if len(row) > 1))


def installed(stanzas: Iterable[Stanza]) -> str:
    """A status file of dpkg in which these packages are installed.

    Args:
        stanzas: one for each.
    """
    ordered = sorted(stanzas, key=lambda each: each.name)
    return "".join(f"{each.control}Status: install ok installed\n\n" for each in ordered)


def without(status: str, names: Container[str]) -> str:
    """A status file of dpkg in which some packages are unknown.

    Args:
        status: its text.
        names: of the packages.
    """
    kept = (text for text in split(status) if stanza(text).name not in names)
    return "".join(f"{text}\n\n" for text in kept)


def states(status: str) -> dict[str, Package]:
    """What a status file of dpkg says of each package, in the words in which a host is asked.

    Args:
        status: its text.
    """
    found = {}
    for text in split(status):
        one = stanza(text)
        want, _, state = (*one.fields.get("status", "").split(" "), "", "", "")[:3]
        found[one.name] = package_state(want, state or "not-installed", one.version)
    return found
