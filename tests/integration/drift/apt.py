"""What happens to keyrings, sources and packages of apt, Docker's and NVIDIA's."""

from __future__ import annotations

from tests.integration.drift.case import Case

DOCKER, NVIDIA = "docker-engine", "nvidia-container-toolkit"
DOCKERS_KEY, NVIDIAS_KEY = f"{DOCKER}.install-docker-s-key", f"{NVIDIA}.install-nvidia-s-key"
DOCKERS_SOURCE, NVIDIAS_SOURCE = f"{DOCKER}.add-docker-s-repository", f"{NVIDIA}.add-nvidia-s-repository"
DOCKERS_OTHERS = f"{DOCKER}.remove-other-entries-for-docker-s-repository"
NVIDIAS_OTHERS = f"{NVIDIA}.remove-other-entries-for-nvidia-s-repository"
DOCKERS_PACKAGES = f"{DOCKER}.install-docker-s-packages"
NVIDIAS_PACKAGES = f"{NVIDIA}.install-the-toolkit-s-packages"
DOCKERS_TRUST = f"{DOCKER}.trust-docker-s-key-for-docker-s-repository-only"
NVIDIAS_TRUST = f"{NVIDIA}.trust-nvidia-s-key-for-nvidia-s-repository-only"

ASC = "/etc/apt/keyrings/docker.asc"
GPG = "/usr/share/keyrings/nvidia-container-toolkit-keyring.gpg"
SOURCES, GLOBAL = "/etc/apt/sources.list.d", "/etc/apt/trusted.gpg.d"
DOCKER_SOURCES, NVIDIA_SOURCES = f"{SOURCES}/docker.sources", f"{SOURCES}/nvidia-container-toolkit.sources"
OLD_DOCKER_LINE = f"deb [arch=amd64 signed-by={ASC}] https://download.docker.com/linux/debian trixie stable"
OLD_NVIDIA_LINE = "deb [signed-by=/usr/share/keyrings/gone.gpg] https://nvidia.github.io/nvidia-docker/debian11/amd64 /"
INSTALL = "DEBIAN_FRONTEND=noninteractive apt-get -qy --allow-downgrades --allow-change-held-packages"
TOOLKIT = "libnvidia-container1 libnvidia-container-tools nvidia-container-toolkit nvidia-container-toolkit-base"
OLD_TOOLKIT = " ".join(f"{name}=1.19.1-1" for name in TOOLKIT.split())
OLD_DOCKER = "docker-ce=$(apt-cache madison docker-ce | awk 'END { print $3 }')"
HALF = "'/^Package: docker-buildx-plugin$/,/^$/s/^Status: install ok installed/Status: install ok half-configured/'"

KEYRINGS = (
    Case("Docker's key is truncated", f"truncate -s 1000 {ASC}", DOCKERS_KEY, quick=True),
    Case("Docker's key is another one", f"cat /etc/apt/trusted.gpg.d/debian*trixie-stable.asc >{ASC}", DOCKERS_KEY),
    Case("Docker's key has company", f"cat /etc/apt/trusted.gpg.d/debian*trixie-stable.asc >>{ASC}", DOCKERS_KEY),
    Case("Docker's key is gone", f"rm {ASC}", DOCKERS_KEY),
    Case("Docker's key is root's alone", f"chmod 600 {ASC}", DOCKERS_KEY),
    Case("NVIDIA's key is truncated", f"truncate -s 500 {GPG}", NVIDIAS_KEY),
    Case("NVIDIA's key is another one", f"cat /usr/share/keyrings/debian*trixie-stable.gpg >{GPG}", NVIDIAS_KEY),
    Case("NVIDIA's key is gone", f"rm {GPG}", NVIDIAS_KEY),
    Case("NVIDIA's key can be written by others", f"chmod 666 {GPG}", NVIDIAS_KEY),
    Case("Docker's key is trusted for every repository", f"cp {ASC} {GLOBAL}/docker.asc", DOCKERS_TRUST, "unmanaged"),
    Case(
        "NVIDIA's key is trusted for every repository",
        f"cp {GPG} {GLOBAL}/nvidia.gpg",
        NVIDIAS_TRUST,
        "unmanaged",
        quick=True,
    ),
)

SOURCE_FILES = (
    Case(
        "Docker's source names other packages",
        f"sed -i s/stable/test/ {DOCKER_SOURCES}",
        DOCKERS_SOURCE,
        diff=("-Components: test", "+Components: stable"),
    ),
    Case(
        "Docker's source trusts anybody",
        f"echo 'Trusted: yes' >>{DOCKER_SOURCES}",
        DOCKERS_SOURCE,
        diff=("-Trusted: yes",),
    ),
    Case("Docker's source is gone", f"rm {DOCKER_SOURCES}", DOCKERS_SOURCE),
    Case(
        "Docker's source has a second one beside it",
        f"echo '{OLD_DOCKER_LINE}' >{SOURCES}/docker.list",
        DOCKERS_OTHERS,
        "unmanaged",
        quick=True,
    ),
    Case("NVIDIA's source is edited", f"sed -i s/stable/experimental/ {NVIDIA_SOURCES}", NVIDIAS_SOURCE),
    Case("NVIDIA's source is gone", f"rm {NVIDIA_SOURCES}", NVIDIAS_SOURCE),
    Case(
        "NVIDIA's source has a former one beside it, whose key is gone",
        f"echo '{OLD_NVIDIA_LINE}' >{SOURCES}/nvidia-docker.list",
        NVIDIAS_OTHERS,
        "unmanaged",
    ),
)

PACKAGES = (
    Case("Docker is downgraded", f"{INSTALL} install {OLD_DOCKER}", DOCKERS_PACKAGES, "version"),
    Case("Docker is no longer held", "apt-mark unhold docker-ce", DOCKERS_PACKAGES, "version", quick=True),
    Case("a package of Docker's is gone", f"{INSTALL} remove docker-buildx-plugin", DOCKERS_PACKAGES),
    Case("Docker itself is gone", f"{INSTALL} remove docker-ce docker-ce-cli", DOCKERS_PACKAGES),
    Case("a package of Docker's is half configured", f"sed -i {HALF} /var/lib/dpkg/status", DOCKERS_PACKAGES),
    Case("the toolkit is downgraded", f"{INSTALL} install {OLD_TOOLKIT}", NVIDIAS_PACKAGES, "version"),
    Case(
        "a package of the toolkit's is no longer held",
        "apt-mark unhold libnvidia-container1",
        NVIDIAS_PACKAGES,
        "version",
        quick=True,
    ),
    Case("the toolkit is gone", f"{INSTALL} remove {TOOLKIT}", NVIDIAS_PACKAGES),
)

CASES = (*KEYRINGS, *SOURCE_FILES, *PACKAGES)
