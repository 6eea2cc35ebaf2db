"""Which stand-in packages the mirror offers, and which of Debian's files each of them is made of.

Names, relations and paths are those of Docker's own packages (docker/docker-ce-packaging, branch 27.x, deb/common;
docker/containerd-packaging, debian/), because tests of the removal of clashing packages rest on them. The control
files and maintainer scripts lie in packaging/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REVISIONS = ("1", "2")


@dataclass(frozen=True)
class Suite:
    """One Debian release that Docker's repository serves.

    Attributes:
        codename: `trixie`.
        number: `13`, as it stands in versions.
        units: where packages built for this release keep systemd units.
        programs_from: codename of the release whose program is used, by package, where it is not trixie's.
    """

    codename: str
    number: str
    units: str
    programs_from: Mapping[str, str] = field(default_factory=dict)

    def source(self, package: str) -> str:
        """Codename of the Debian release that `package` is taken from."""
        return self.programs_from.get(package, "trixie")


# Of trixie's programs only runc asks for a newer libc (2.38, __isoc23_strtol) than bookworm has (2.36).
SUITES = (
    Suite("trixie", "13", "usr/lib/systemd/system"),
    Suite("bookworm", "12", "lib/systemd/system", {"runc": "bookworm"}),
)


@dataclass(frozen=True)
class StandIn:
    """One package under Docker's name.

    Attributes:
        name: Docker's name for it.
        version: its version: `{upstream}` of the first source, `{revision}`, `{number}` and `{codename}` of the suite.
        sources: Debian's packages that it is made of.
        files: path in the stand-in (`{units}` as the suite has it) to package and path in there.
    """

    name: str
    version: str
    sources: tuple[str, ...]
    files: Mapping[str, tuple[str, str]]

    def version_in(self, suite: Suite, revision: str, debian_versions: Mapping[str, str]) -> str:
        """The version of one revision, built from Debian's versions of the sources."""
        return self.version.format(
            upstream=upstream(debian_versions[self.sources[0]]),
            revision=revision,
            number=suite.number,
            codename=suite.codename,
        )


def upstream(debian_version: str) -> str:
    """The program's own version: `26.1.5` of `26.1.5+dfsg1-9+deb13u1`, `1.7.24` of `1.7.24~ds1-6`.

    Raises:
        ValueError: it does not begin with numbers and dots.
    """
    found = re.match(r"(?:\d+:)?(\d+(?:\.\d+)+)", debian_version)
    if found is None:
        raise ValueError(f"no upstream version in {debian_version!r}")
    return found[1]


SUFFIX = "-{revision}~debian.{number}~{codename}"
STAND_INS = (
    StandIn(
        "docker-ce",
        "5:{upstream}" + SUFFIX,
        ("docker.io", "tini"),
        {
            "usr/bin/dockerd": ("docker.io", "usr/sbin/dockerd"),
            "usr/bin/docker-proxy": ("docker.io", "usr/sbin/docker-proxy"),
            "usr/bin/docker-init": ("tini", "usr/bin/tini-static"),
            "etc/init.d/docker": ("docker.io", "etc/init.d/docker"),
            "{units}/docker.service": ("docker.io", "usr/lib/systemd/system/docker.service"),
            "{units}/docker.socket": ("docker.io", "usr/lib/systemd/system/docker.socket"),
        },
    ),
    StandIn(
        "docker-ce-cli",
        "5:{upstream}" + SUFFIX,
        ("docker-cli",),
        {
            "usr/bin/docker": ("docker-cli", "usr/bin/docker"),
            "usr/share/bash-completion/completions/docker": (
                "docker-cli",
                "usr/share/bash-completion/completions/docker",
            ),
        },
    ),
    StandIn(
        "containerd.io",
        "{upstream}-{revision}",
        ("containerd", "runc"),
        {
            "usr/bin/containerd": ("containerd", "usr/bin/containerd"),
            "usr/bin/containerd-shim-runc-v2": ("containerd", "usr/bin/containerd-shim-runc-v2"),
            "usr/bin/ctr": ("containerd", "usr/bin/ctr"),
            "usr/bin/runc": ("runc", "usr/sbin/runc"),
            "{units}/containerd.service": ("containerd", "usr/lib/systemd/system/containerd.service"),
        },
    ),
    StandIn(
        "docker-buildx-plugin",
        "{upstream}" + SUFFIX,
        ("docker-buildx",),
        {
            "usr/libexec/docker/cli-plugins/docker-buildx": (
                "docker-buildx",
                "usr/libexec/docker/cli-plugins/docker-buildx",
            ),
        },
    ),
)

# (file in the stand-in, Debian's text, the text there). Docker's own program lies elsewhere than Debian's, and its unit
# reads no /etc/default/docker. Raising limits is the one edit that Docker's own script lacks: lab hosts on a machine
# without CAP_SYS_RESOURCE may not, and the script would give up.
EDITS = (
    ("etc/init.d/docker", "DOCKERD=/usr/sbin/dockerd", "DOCKERD=/usr/bin/dockerd"),
    ("etc/init.d/docker", "\t\tulimit -n 1048576\n", "\t\tulimit -Hn 524288 || true\n"),
    ("etc/init.d/docker", "ulimit -u unlimited\n", "ulimit -u unlimited || true\n"),
    ("etc/init.d/docker", "ulimit -p unlimited\n", "ulimit -p unlimited || true\n"),
    ("{units}/docker.service", "ExecStart=/usr/sbin/dockerd", "ExecStart=/usr/bin/dockerd"),
    ("{units}/docker.service", " $DOCKER_OPTS\n", "\n"),
    ("{units}/docker.service", "EnvironmentFile=-/etc/default/docker\n", ""),
)
