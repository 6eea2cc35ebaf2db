"""debian:CODENAME-slim for the lab's Docker Hub: what the official image is, made by mmdebstrap.

The official one is a minimal Debian too, without manuals, translations and documentation but for licences, and with
settings of its own for apt and dpkg (debuerreotype: debuerreotype-slimify, debuerreotype-minimizing-config).
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.lab import apt_sources
from tests.lab.command import run
from tests.lab.packages import program

if TYPE_CHECKING:
    from pathlib import Path

LAYER = "layer.tar"
LEFT_OUT = ("doc/*", "info/*", "lintian/*", "linda/*", "locale/*", "man/*", "groff/*")
KEPT = ("doc/*/copyright",)
CACHES = "/var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin"
SETTINGS = {
    "etc/dpkg/dpkg.cfg.d/docker-apt-speedup": "force-unsafe-io\n",
    "etc/apt/apt.conf.d/docker-autoremove-suggests": 'Apt::AutoRemove::SuggestsImportant "false";\n',
    "etc/apt/apt.conf.d/docker-clean": f"""\
DPkg::Post-Invoke {{ "rm -f {CACHES} || true"; }};
APT::Update::Post-Invoke {{ "rm -f {CACHES} || true"; }};
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
""",
    "etc/apt/apt.conf.d/docker-gzip-indexes": 'Acquire::GzipIndexes "true";\n',
    "etc/apt/apt.conf.d/docker-no-languages": 'Acquire::Languages "none";\n',
}
"""What the official images tell apt and dpkg: one of these also empties a cache that a build would mount."""
SOURCES = """\
Types: deb
URIs: {archive.uri}
Suites: {codename} {codename}-updates
Components: main
Signed-By: {keyring}

Types: deb
URIs: {archive.security}
Suites: {codename}-security
Components: main
Signed-By: {keyring}
"""


def make(codename: str, folder: Path) -> None:
    """Write the root file system of Debian `codename` as a tar into `folder`. Needs root.

    Raises:
        CommandError: mmdebstrap failed.
    """
    archive = apt_sources.of_this_machine()
    choices = [f"path-exclude=/usr/share/{pattern}" for pattern in LEFT_OUT]
    choices += [f"path-include=/usr/share/{pattern}" for pattern in KEPT]
    options = [f"--dpkgopt={choice}" for choice in choices]
    additions = folder / "additions"
    for name, text in files(codename, archive).items():
        (additions / name).parent.mkdir(parents=True, exist_ok=True)
        (additions / name).write_text(text)
    hooks = [f"--customize-hook=copy-in {additions}/etc /"]
    hooks.append('--customize-hook=rm "$1/etc/apt/sources.list" "$1"/var/cache/apt/*.bin')
    source = f"deb [signed-by={archive.keyring}] {archive.uri} {codename} main"
    run(
        [
            program("mmdebstrap") or "mmdebstrap",
            *("--quiet", "--mode=root", "--variant=minbase", *options, *hooks),
            *(codename, str(folder / LAYER), source),
        ]
    )
    shutil.rmtree(additions)


def files(codename: str, archive: apt_sources.Archive) -> dict[str, str]:
    """What the image has beside the packages' files, by path."""
    sources = SOURCES.format(codename=codename, archive=archive, keyring=apt_sources.KEYRING)
    return {**SETTINGS, "etc/apt/sources.list.d/debian.sources": sources}
