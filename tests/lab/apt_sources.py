"""Which Debian archive this machine uses, read from its own apt configuration (deb822 and one-line form)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

APT = Path("/etc/apt")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITES = "oldoldstable|oldstable|stable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|duke"
_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")


@dataclass(frozen=True)
class Source:
    """One binary package source.

    Attributes:
        uri: base address, without the trailing slash.
        suite: as written, for example `trixie-security`.
        components: as written.
        signed_by: path of its keyring; None when apt's global ones apply.
    """

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str | None = None


@dataclass(frozen=True)
class Archive:
    """Where Debian comes from.

    Attributes:
        uri: address of the main archive.
        security: address of the security archive.
        keyring: file with the keys that sign them.
    """

    uri: str
    security: str
    keyring: str = KEYRING


class NoArchiveError(RuntimeError):
    """This machine's apt has no Debian archive that the lab's hosts could be made from."""


def parse_deb822(text: str) -> list[Source]:
    """Read a `.sources` file: stanzas of fields, `Enabled: no` ones left out (sources.list(5))."""
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
            continue
        signed_by = fields.get("signed-by", "")
        found += [
            Source(
                uri.rstrip("/"),
                suite,
                tuple(fields.get("components", "").split()),
                signed_by if signed_by.startswith("/") and len(signed_by.split()) == 1 else None,
            )
            for uri in fields.get("uris", "").split()
            for suite in fields.get("suites", "").split()
        ]
    return found


def _fields(stanza: str) -> dict[str, str]:
    lines = "\n".join(line for line in stanza.splitlines() if not line.startswith("#"))
    pairs = re.findall(r"^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)", lines, flags=re.MULTILINE)
    return {name.lower(): value.strip() for name, value in pairs}


def parse_one_line(text: str) -> list[Source]:
    """Read a `.list` file: `deb [signed-by=...] uri suite component...`, one per line (sources.list(5))."""
    found = []
    for line in text.splitlines():
        match = _ONE_LINE.match(line.partition("#")[0].strip())
        if match:
            signed_by = re.search(r"signed-by=(/\S+)", match["options"] or "")
            found.append(
                Source(
                    match["uri"].rstrip("/"),
                    match["suite"],
                    tuple(match["components"].split()),
                    signed_by[1] if signed_by else None,
                )
            )
    return found


def choose(sources: list[Source]) -> Archive:
    """The Debian archive among a machine's sources.

    Raises:
        NoArchiveError: there is none.
    """
    main = next((source for source in sources if _is_debian(source, "")), None)
    security = next((source for source in sources if _is_debian(source, "(-security|/updates)")), None)
    if main is None:
        raise NoArchiveError("apt on this machine has no Debian archive, of which the lab makes its hosts: add one")
    # Where no security archive is named it is taken to lie beside the main one, as on every full mirror.
    return Archive(main.uri, security.uri if security else f"{main.uri}-security", main.signed_by or KEYRING)


def _is_debian(source: Source, ending: str) -> bool:
    return "main" in source.components and bool(re.fullmatch(f"({SUITES}){ending}", source.suite))


def of_this_machine(root: Path = APT) -> Archive:
    """Read every file that apt reads on this machine and choose the Debian archive."""
    sources = []
    for path in [root / "sources.list", *sorted((root / "sources.list.d").glob("*"))]:
        if path.suffix == ".sources":
            sources += parse_deb822(path.read_text())
        elif path.suffix == ".list" and path.exists():
            sources += parse_one_line(path.read_text())
    return choose(sources)
