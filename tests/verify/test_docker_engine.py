"""Docker Engine comes from where it is declared to come from, in the declared version."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gpufleet.apt.versions import at_least
from gpufleet.verify.apt import indexes, keyring_faults, not_pinned, source_faults
from roles.docker_engine.families import CLASHES_WITH_DISTRIBUTION, CLASHES_WITH_DOCKER, PINNED, engine_packages
from roles.docker_engine.settings import FLOOR
from roles.docker_engine.source import KEYRING, SOURCE

pytestmark = pytest.mark.usefixtures("engine")  # which skips with Docker Desktop
CHANNEL = "stable"
"""Docker's releases; `test` and `nightly` stand beside it in the same repository."""

if TYPE_CHECKING:
    from testinfra.host import Host

    from gpufleet.platform import Platform
    from roles.docker_engine.settings import DockerEngineSettings


@pytest.fixture(scope="session")
def family(host: Host) -> str:
    """Whose packages are there: `docker`, `distribution`, or `other` for a dockerd that belongs to neither."""
    families = {"docker": "docker-ce", "distribution": "docker.io"}
    return next((name for name, package in families.items() if host.package(package).is_installed), "other")


@pytest.fixture(scope="session")
def packages(family: str, platform: Platform) -> tuple[str, ...]:
    """The packages that belong to that Docker."""
    if family == "other":
        pytest.skip("the Docker that is there is neither Docker's nor the distribution's, and is kept as it is")
    names: tuple[str, ...] = engine_packages(family, platform.distribution, platform.version)  # type: ignore[arg-type]
    return names


@pytest.fixture
def _from_docker(host: Host, family: str, engine: DockerEngineSettings) -> None:
    if family != "docker":
        pytest.skip(f"Docker does not come from Docker's repository here (family {family})")
    known = any(host.file(path).exists for path in (KEYRING, SOURCE)) or any(indexes(host, engine.repository))
    if engine.source == "auto" and not known:
        pytest.skip("Docker came as files here, and apt knows no repository of Docker's")


def test_docker_is_of_the_declared_family(family: str, engine: DockerEngineSettings) -> None:
    """`auto` accepts whatever was there first."""
    assert engine.source in {"auto", family}


def test_all_packages_are_installed(host: Host, packages: tuple[str, ...]) -> None:
    """The engine, the command, containerd and BuildKit; `is_installed` also means not half-configured."""
    assert [name for name in packages if not host.package(name).is_installed] == []


def test_further_declared_packages_are_installed(host: Host, engine: DockerEngineSettings) -> None:
    """In whatever version."""
    if not engine.packages:
        pytest.skip("no further package is declared")
    assert [name for name in engine.packages if not host.package(name).is_installed] == []


def test_no_package_of_the_other_family_is_left(host: Host, family: str) -> None:
    """Two containerds on one host overwrite each other's files."""
    clashing = {"docker": CLASHES_WITH_DOCKER, "distribution": CLASHES_WITH_DISTRIBUTION}.get(family, ())
    assert [name for name in clashing if host.package(name).is_installed] == []


def test_the_declared_version_is_installed_and_held(
    host: Host, packages: tuple[str, ...], engine: DockerEngineSettings
) -> None:
    """A held package stays when somebody runs `apt-get upgrade`."""
    if engine.version is None:
        pytest.skip("no version is declared")
    assert not_pinned(host, [name for name in packages if name in PINNED], engine.version) == []


def test_the_program_is_new_enough(host: Host) -> None:
    """Asked of the program itself, whatever packages say."""
    version = host.check_output("dockerd --version").removeprefix("Docker version ").partition(",")[0]
    assert at_least(version, FLOOR), version


@pytest.mark.usefixtures("_from_docker")
def test_the_keyring_holds_the_pinned_key_alone(host: Host, engine: DockerEngineSettings) -> None:
    """Compared by fingerprint: a swapped, truncated or rotated key is found, another spelling of the same is not."""
    assert keyring_faults(host, KEYRING, engine.key_fingerprint) == []


@pytest.mark.usefixtures("_from_docker")
def test_apt_knows_the_repository_once_and_by_that_key(
    host: Host, platform: Platform, engine: DockerEngineSettings, bundled: bool
) -> None:
    """As apt itself reads all its sources: a second entry, in whatever file and form, would show.

    Where packages come from a bundle it is switched off.
    """
    ours, complaints = indexes(host, engine.repository)
    suite = f"{engine.repository}/{platform.distribution}/dists/{platform.codename}"
    assert complaints == ""
    assert bool(ours) is not bundled
    assert bundled or f"{suite}/InRelease" in ours
    assert [uri for uri in ours if not uri.startswith((f"{suite}/InRelease", f"{suite}/{CHANNEL}/"))] == []
    assert source_faults(host, SOURCE, KEYRING) == []


def test_the_declared_authorities_are_trusted(host: Host, engine: DockerEngineSettings) -> None:
    """They stand in the bundle that every program of the host reads."""
    if not engine.certificate_authorities:
        pytest.skip("no certificate authority is declared")
    trusted = _certificates(host.file("/etc/ssl/certs/ca-certificates.crt").content_string)
    declared = {path: _certificates(Path(path).read_text()) for path in engine.certificate_authorities}
    assert [path for path, certificates in declared.items() if not certificates <= trusted] == []


def test_the_declared_users_can_use_docker(
    host: Host, engine: DockerEngineSettings, request: pytest.FixtureRequest
) -> None:
    """By a fresh login: whoever is logged in already has to log in again."""
    if not engine.users:
        pytest.skip("no user is declared")
    request.getfixturevalue("dockerd")  # asked while it is stopped, it would be started
    asked = {user: host.run("runuser -u %s -- docker version", user) for user in engine.users}
    assert {user: answer.stderr for user, answer in asked.items() if answer.failed} == {}


def _certificates(text: str) -> set[bytes]:
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    return {ssl.PEM_cert_to_DER_cert(block) for block in blocks}
