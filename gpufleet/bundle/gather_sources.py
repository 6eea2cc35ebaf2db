"""The sources that packages of a bundle come from: the distribution's archive and the vendors' repositories."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gpufleet.apt.openpgp import KeyringError, binary, fingerprint
from gpufleet.apt.sources import clashes, is_empty, repository_name
from gpufleet.bundle.aptroot import AptError
from gpufleet.bundle.gather_targets import in_words, is_this_machine
from gpufleet.bundle.manifest import StoredKey
from gpufleet.bundle.parts import store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gpufleet.bundle.aptroot import AptRoot
    from gpufleet.bundle.manifest import StoredFile
    from gpufleet.bundle.wanted import Repository, Target

OS_RELEASE = Path("/etc/os-release")
VENDOR = "vendor-"
"""What the names of the vendors' source files begin with."""
_UNSIGNED = ("NO_PUBKEY", "is not signed", "Missing key", "not available")


class SourcesError(ValueError):
    """Sources cannot be used; the message says why and what to do."""


def given(path: Path) -> dict[str, str]:
    """The sources in a file that a person gives.

    Args:
        path: `.sources` or `.list`, as they lie in /etc/apt/sources.list.d.

    Returns:
        Its text by a name for it.

    Raises:
        SourcesError: it is none of these, or says nothing.
    """
    if path.suffix not in {".list", ".sources"}:
        raise SourcesError(f"--apt-sources {path}: its name has to end in .sources or .list, which says how it is read")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourcesError(f"--apt-sources {path}: {getattr(error, 'strerror', None) or 'not text'}") from None
    if is_empty(text):
        raise SourcesError(f"--apt-sources {path}: there is no source in it")
    return {f"distribution{path.suffix}": text}


def of_this_machine(apt: AptRoot, target: Target, os_release: Path = OS_RELEASE) -> dict[str, str]:
    """This machine's own sources, where they are those of the hosts.

    Args:
        apt: a private apt.
        target: the kind of host.
        os_release: what this machine is.

    Returns:
        The texts by names for them.

    Raises:
        SourcesError: this machine is of another release.
    """
    told = os_release.read_text(encoding="utf-8") if os_release.exists() else ""
    if not is_this_machine(target, told):
        raise SourcesError(
            f"no sources for {target.name}: this machine is {in_words(told)}. Give --apt-sources FILE with the archive "
            f"of {target.codename}, such as /etc/apt/sources.list.d/{target.distribution}.sources of a host of that "
            "kind; a keyring that it names has to be on this machine"
        )
    files = enumerate(apt.own_sources().items())
    return {f"{number:02}-{Path(path).name}": text for number, (path, text) in files}


def without_vendors(texts: Mapping[str, str], repositories: Iterable[Repository]) -> dict[str, str]:
    """Sources less their entries for the vendors' repositories, which apt would find at odds with ours.

    Args:
        texts: by names that end in `.list` or `.sources`.
        repositories: those that are wanted.
    """
    urls = [line.split()[1] for each in repositories for line in each.source.splitlines() if line.startswith("URIs:")]
    return {**texts, **clashes(texts, map(repository_name, urls), None)}


def add_vendors(apt: AptRoot, repositories: Sequence[Repository]) -> dict[Repository, bytes]:
    """Add the vendors' repositories, each with its key, which is the pinned one.

    Args:
        apt: a private apt.
        repositories: the wanted ones, no two alike.

    Returns:
        The key of each, as the vendor publishes it.

    Raises:
        AptError: a key cannot be had, or is another one.
    """
    keys = {}
    for number, each in enumerate(repositories):
        keys[each] = _key(apt, each, number)
        keyring = apt.add_keyring(f"{each.name}-{number}", binary(keys[each]))
        text = each.source.replace(f"Signed-By: {each.keyring}", f"Signed-By: {keyring}")
        apt.add_sources({f"{VENDOR}{number:02}.sources": text})
    return keys


def stored_keys(keys: Mapping[Repository, bytes], folder: Path) -> list[tuple[StoredKey, StoredFile]]:
    """Put the vendors' keys into a bundle.

    Args:
        keys: those of the wanted repositories.
        folder: the bundle's.

    Returns:
        For each key what the manifest says of it, and its file; sorted, no two alike.
    """
    found = {}
    for each, content in keys.items():
        file = store(folder, content)
        found[each.name, each.fingerprint] = StoredKey(each.name, each.fingerprint, file.sha256), file
    return [found[name] for name in sorted(found)]


def _key(apt: AptRoot, repository: Repository, number: int) -> bytes:
    path = apt.root / "keyrings" / f"{number}.download"
    apt.fetch(repository.key_url, path)
    content = path.read_bytes()
    path.unlink()
    try:
        actual = fingerprint(content)
    except KeyringError as error:
        actual = str(error)
    if actual != repository.fingerprint:
        raise AptError(
            f"{repository.key_url}: expected the key {repository.fingerprint}, observed: {actual}. Nothing is taken "
            "from this repository. If the vendor has a new key, pin its fingerprint; else do not trust this source"
        )
    return content


def update(apt: AptRoot, target: Target) -> None:
    """Fetch the indexes of all sources; the hosts' release has to be among them.

    Args:
        apt: a private apt with its sources.
        target: the kind of host.

    Raises:
        AptError: a source cannot be had.
        SourcesError: none but a vendor's holds that release.
    """
    try:
        apt.run("apt-get", "update", what="the sources' indexes")
    except AptError as error:
        if not any(words in str(error) for words in _UNSIGNED):
            raise
        hint = "A source whose key is not on this machine names one: `Signed-By: /path/to/keyring.gpg`"
        raise AptError(f"{error}\n  {hint}") from None
    found = {codename for file, codename in apt.releases() if not file.startswith(VENDOR)}
    if target.codename not in found:
        there = ", ".join(sorted(found - {""})) or "no release at all"
        raise SourcesError(f"no sources for {target.name}: what was given holds {there}, and not {target.codename}")
