"""Bundles in a test: gathered from what the lab's mirror serves, and copies of them that are damaged or edited."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpufleet.bundle.manifest import MANIFEST, PARTS, Manifest
from gpufleet.bundle.manifest_reading import read_file
from tests.lab import apt_sources, product, rootfs
from tests.lab.mirror import content
from tests.lab.mirror.names import DOCKER, NVIDIA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab
FOLDER = "/media/usb/bundle"
COMMAND = f"gpufleet bundle --for debian13 --output {FOLDER}"


def _cut_short(part: Path) -> None:
    os.truncate(part, part.stat().st_size // 2)


def _changed(part: Path) -> None:
    content = part.read_bytes()
    part.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


DAMAGE: dict[str, Callable[[Path], None]] = {"cut short": _cut_short, "changed": _changed, "missing": Path.unlink}
"""What can have become of a part, and how."""


@dataclass(frozen=True)
class Gathered:
    """A bundle on this machine.

    Attributes:
        folder: where it lies.
        output: what the command said that made it.
    """

    folder: Path
    output: str = ""

    @property
    def manifest(self) -> Manifest:
        """What it holds."""
        return read_file(self.folder, None)

    @property
    def variables(self) -> dict[str, Any]:
        """The settings with which hosts are provisioned from it."""
        return {"bundle_path": str(self.folder), "bundle_sha256": self.manifest.sha256}

    def copy(self, folder: Path) -> Gathered:
        """One of its own to be damaged; parts are files of its own there too."""
        return Gathered(shutil.copytree(self.folder, folder))

    def edited(self, folder: Path, **changes: Any) -> Gathered:
        """The same with another manifest, as `gpufleet bundle` would have written it; parts are shared."""
        shutil.copytree(self.folder, folder, copy_function=os.link)
        (folder / MANIFEST).unlink()
        (folder / MANIFEST).write_text(replace(self.manifest, **changes).text(), encoding="utf-8")
        return Gathered(folder)

    def part_of(self, package: str) -> str:
        """Name of the first part of a package."""
        file = next(each.file for each in self.manifest.packages if each.name == package)
        return self.manifest.file(file).parts[0].sha256

    def damage(self, part: str, how: str) -> Path:
        """Do `DAMAGE` to one part; its path."""
        path = self.folder / PARTS / part
        DAMAGE[how](path)
        return path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def vendors(lab: Lab) -> Iterator[dict[str, str]]:
    """The vendors' repositories of the lab's mirror, served to this machine; the settings that lead there.

    This machine does not take the mirror for the vendors, as lab hosts do: it gathers from a company's own mirror.
    """
    handler = partial(_Quiet, directory=str(content.www(lab.instance)))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield {
            "docker_engine_repository": f"{address}/{DOCKER}/linux",
            "nvidia_container_toolkit_repository": f"{address}/{NVIDIA}/libnvidia-container/stable/deb",
        }
        server.shutdown()


def archive_of(suite: str) -> str:
    """Debian's archive for `--apt-sources`, as this machine reaches it."""
    archive = apt_sources.of_this_machine()
    return rootfs.sources_list(suite, archive).replace("deb ", f"deb [signed-by={archive.keyring}] ")


def gather(lab: Lab, folder: Path, hosts: list[LabHost], command: str = COMMAND, **variables: object) -> product.Done:
    """Gather a bundle for these hosts.

    Args:
        lab: its mirror is the vendors.
        folder: where the bundle goes.
        hosts: those of the inventory; none is contacted but a builder.
        command: as a person types it, for `FOLDER`; what this machine has to be told of Debian and the mirror follows.
        variables: settings of the hosts.
    """
    program, *words = shlex.split(command.replace(FOLDER, str(folder)))
    sources = folder.with_suffix(".list")
    sources.write_text(archive_of("trixie"))
    with vendors(lab) as repositories:
        inventory = str(lab.inventory(hosts, **repositories, **variables))
        return product.run(program, *words, "--inventory", inventory, "--apt-sources", str(sources))


def gathered(lab: Lab, folder: Path, hosts: list[LabHost], command: str = COMMAND, **variables: object) -> Gathered:
    """The same, and it must succeed."""
    done = gather(lab, folder, hosts, command, **variables)
    assert done.status == 0, done.output
    return Gathered(folder, done.output)


def settings_said(output: str) -> dict[str, str]:
    """The two lines for group_data that the command prints."""
    return dict(re.findall(r'^\s*(bundle_path|bundle_sha256) = "([^"]+)"$', output, re.MULTILINE))
