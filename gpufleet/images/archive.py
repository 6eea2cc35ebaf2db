"""How a host reaches its distribution's archive, for a build on a base of the same distribution."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")
_DISABLED = ("no", "false", "without", "off", "disable")
_NETWORK = ("http://", "https://")

_PATHS = {
    "debian": {"debian-security": "-security", "debian": ""},
    "ubuntu": {"ubuntu": "", "ubuntu-ports": ""},
}
"""Where a distribution's own base images find its archive: last part of the URI, and the ending of its suites."""

_OPTIONS = re.compile(
    r"Acquire::(?:https?::(?:Proxy(?:::[^:]+)?|Timeout|No-Cache|Verify-(?:Peer|Host))"
    r"|Check-(?:Date|Valid-Until)|M(?:ax|in)-ValidTime|Max-FutureTime|Retries|ForceIPv[46])"
)
"""What of apt's configuration is about reaching an archive, and names no file of the host."""


@dataclass(frozen=True)
class Entry:
    """One archive in apt's sources.

    Attributes:
        uri: without a slash at its end.
        suite: as written, `trixie-security`.
        components: as written.
        keys: what Signed-By says, empty where it is not said.
    """

    uri: str
    suite: str
    components: tuple[str, ...]
    keys: str = ""


def entries(files: Mapping[str, str]) -> Iterator[Entry]:
    """The binary archives that apt takes packages from, those that are switched off left out (sources.list(5)).

    Args:
        files: the text of each source file, by path.
    """
    for path, text in files.items():
        yield from _deb822(text) if path.endswith(".sources") else _one_line(text)


def _one_line(text: str) -> Iterator[Entry]:
    for line in text.splitlines():
        if found := _ONE_LINE.match(line.partition("#")[0].strip()):
            keys = re.search(r"signed-by=(\S+)", found["options"] or "", re.IGNORECASE)
            uri, components = found["uri"].rstrip("/"), tuple(found["components"].split())
            yield Entry(uri, found["suite"], components, keys[1] if keys else "")


def _deb822(text: str) -> Iterator[Entry]:
    effective = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n(?:[ \t]*\n)+", effective):
        pairs = re.findall(r"^([A-Za-z-]+):(.*(?:\n[ \t].*)*)", stanza, flags=re.MULTILINE)
        fields = {name.lower(): value.split() for name, value in pairs}
        if "deb" not in fields.get("types", []) or fields.get("enabled", ["yes"])[0].lower() in _DISABLED:
            continue
        components, keys = tuple(fields.get("components", [])), " ".join(fields.get("signed-by", []))
        for uri in fields.get("uris", []):
            yield from (Entry(uri.rstrip("/"), suite, components, keys) for suite in fields.get("suites", []))


def mirror_script(files: Mapping[str, str], distribution: str, codename: str) -> str:
    """A program for `sed -E` that points the sources of a base image to the archives that a host uses.

    Sources of another distribution, and those that are not the distribution's own, are left as they are.

    Args:
        files: the text of each of the host's source files, by path.
        distribution: the host's, `debian` or `ubuntu`.
        codename: of its release, `trixie`.

    Returns:
        Empty where the host names no archive that can be reached over a network. Of several that may be one those count
        most that are checked with the distribution's keys, then those whose path is that of its archive.
    """
    paths = _PATHS.get(distribution, {})
    own = sorted(
        (entry for entry in entries(files) if _is_archive(entry, distribution)),
        key=lambda entry: (not entry.keys, entry.uri.rpartition("/")[2] not in paths),
    )
    lines = []
    for path, ending in paths.items():
        uri = next((entry.uri for entry in own if entry.suite == codename + ending), None)
        if uri is not None:
            lines.append(f"s#https?://[^/ ]+/{path}/?([[:space:]]|$)#{_literal(uri)}\\1#g\n")
    return "".join(lines)


def _is_archive(entry: Entry, distribution: str) -> bool:
    signed = not entry.keys or f"{distribution}-archive-keyring" in entry.keys
    return signed and "main" in entry.components and entry.uri.startswith(_NETWORK)


def _literal(text: str) -> str:
    return re.sub(r"([#&\\])", r"\\\1", text)


def apt_settings(dump: str) -> dict[str, str]:
    """What of `apt-config dump` is about reaching an archive, values by name."""
    pairs = re.findall(r'^(\S+) "(.*)";$', dump, flags=re.MULTILINE)
    return {name: value for name, value in pairs if _OPTIONS.fullmatch(name) and value}


def apt_certificates(dump: str) -> str | None:
    """The file of authorities, a path on the host, that apt goes by for https; None where it takes the host's."""
    found = re.search(r'^Acquire::https::CAInfo "(.+)";$', dump, flags=re.MULTILINE | re.IGNORECASE)
    return found and found[1]


def apt_options(settings: Mapping[str, str]) -> str:
    """The same as a configuration file of apt's."""
    return "".join(f'{name} "{value}";\n' for name, value in settings.items())
