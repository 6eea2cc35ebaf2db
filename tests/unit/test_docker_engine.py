"""Which Docker a host gets."""

from __future__ import annotations

import pytest

from gpufleet.facts.apt import Package
from roles.docker_engine.families import Source, There, engine_packages, family, installed_family
from roles.docker_engine.holds import ours
from roles.docker_engine.objection import objection
from roles.docker_engine.settings import DockerEngineSettings

AUTO = DockerEngineSettings()
DOCKER = DockerEngineSettings(source="docker")
DISTRIBUTION = DockerEngineSettings(source="distribution")
CONSENT = DockerEngineSettings(source="docker", replace=True)

DEBIANS = {"docker.io": Package("26.1.5+dfsg1-9"), "containerd": Package("1.7.24"), "runc": Package("1.1.15")}
VENDORS = {"docker-ce": Package("5:26.1.5-1~debian.13~trixie"), "containerd.io": Package("1.7.24-1")}


def having(packages: dict[str, Package], running: int | None = 0, users: tuple[str, ...] = ()) -> There:
    return There(packages=packages, dockerd="/usr/bin/dockerd", running_containers=running, containerd_users=users)


@pytest.mark.parametrize(
    ("packages", "dockerd", "expected"),
    [
        ({}, None, None),
        ({"docker-ce": Package()}, None, None),
        (DEBIANS, "/usr/sbin/dockerd", "distribution"),
        (VENDORS, "/usr/bin/dockerd", "docker"),
        ({}, "/usr/local/bin/dockerd", "other"),
        ({"containerd": Package("1.7.24")}, None, None),
    ],
)
def test_whose_docker_is_there(packages: dict[str, Package], dockerd: str | None, expected: str | None) -> None:
    assert installed_family(packages, dockerd) == expected


def test_auto_takes_dockers_own_where_there_is_none_and_keeps_what_is_there() -> None:
    assert family("auto", None) == "docker"
    assert family("auto", "distribution") == "distribution"
    assert family("auto", "other") == "other"


def test_a_declared_source_is_taken_at_its_word() -> None:
    assert family("distribution", "docker") == "distribution"


def test_nothing_is_in_the_way_on_a_bare_host() -> None:
    assert objection(AUTO, There(packages={}), None) is None


def test_a_fit_docker_is_kept_with_containers_running() -> None:
    assert objection(AUTO, having(DEBIANS, running=3), None) is None


def test_an_old_docker_is_refused_with_the_way_to_a_newer_one() -> None:
    found = objection(AUTO, having({**DEBIANS, "docker.io": Package("20.10.24+dfsg1-1")}), None)
    assert found
    assert found.kind == "version"
    assert "20.10.24" in found.observed
    assert "docker_engine_replace: true" in found.way_out


def test_an_old_docker_is_upgraded_only_once_its_containers_have_stopped() -> None:
    pinned = DockerEngineSettings(version="26.1.5")
    old = {"docker-ce": Package("5:20.10.24~3-0~debian-bookworm")}
    for running, expected in ((2, "no running containers"), (0, None)):
        there = There(packages=old, dockerd="/usr/bin/dockerd", daemon_version="20.10.24", running_containers=running)
        found = objection(pinned, there, None)
        assert (found and found.expected) == expected


def test_an_old_docker_of_dockers_own_asks_for_a_version() -> None:
    found = objection(AUTO, having({**VENDORS, "docker-ce": Package("5:20.10.1~3-0~debian-buster")}), None)
    assert found
    assert "docker_engine_version" in found.way_out


def test_a_distribution_that_offers_only_an_old_docker_is_refused() -> None:
    found = objection(DISTRIBUTION, There(packages={}), "20.10.24+dfsg1-1+deb12u1")
    assert found
    assert "20.10.24" in found.observed


def test_replacing_needs_consent_and_names_what_would_go() -> None:
    found = objection(DOCKER, having(DEBIANS), None)
    assert found
    assert found.observed == "docker.io, containerd, runc installed"
    assert objection(CONSENT, having(DEBIANS), None) is None


def test_containerd_alone_needs_consent_too() -> None:
    found = objection(AUTO, There(packages={"containerd": Package("1.7.24")}), None)
    assert found
    assert "containerd" in found.expected


@pytest.mark.parametrize(("running", "said"), [(2, "2 containers"), (None, "does not answer")])
def test_consent_does_not_reach_over_running_containers(running: int | None, said: str) -> None:
    found = objection(CONSENT, having(DEBIANS, running), None)
    assert found
    assert said in found.observed


def test_consent_does_not_reach_over_others_who_use_containerd() -> None:
    found = objection(CONSENT, having(DEBIANS, users=("kubelet",)), None)
    assert found
    assert "kubelet" in found.observed


@pytest.mark.parametrize(
    ("packages", "wanted", "way_out"),
    [
        (DEBIANS, DOCKER, "docker_engine_source: auto"),
        ({"containerd": Package("1.7.24")}, DOCKER, "docker_engine_source: distribution"),
        ({"containerd.io": Package("1.7.24-1")}, DISTRIBUTION, "docker_engine_source: docker"),
    ],
)
def test_whoever_uses_containerd_is_told_how_to_have_docker_beside_it(
    packages: dict[str, Package], wanted: DockerEngineSettings, way_out: str
) -> None:
    dockerd = "/usr/sbin/dockerd" if "docker.io" in packages else None
    there = There(packages=packages, dockerd=dockerd, running_containers=0, containerd_users=("kubelet",))
    found = objection(wanted, there, "26.1.5")
    assert found
    assert way_out in found.way_out


@pytest.mark.parametrize("source", ["auto", "docker", "distribution"])
def test_podmans_docker_command_goes_on_consent_whoever_uses_containerd(source: Source) -> None:
    there = There(packages={"podman-docker": Package("5.4.2")}, containerd_users=("kubelet",))
    found = objection(DockerEngineSettings(source=source), there, "26.1.5")
    assert found
    assert "docker_engine_replace: true" in found.way_out
    assert objection(DockerEngineSettings(source=source, replace=True), there, "26.1.5") is None


def others(version: str | None, owner: str | None = None) -> There:
    """A Docker that is neither Docker's nor the distribution's."""
    dockerd = "/usr/bin/dockerd" if owner else "/usr/local/bin/dockerd"
    return There(packages={}, dockerd=dockerd, owner=owner, daemon_version=version, running_containers=0)


@pytest.mark.parametrize("wanted", [CONSENT, DISTRIBUTION])
@pytest.mark.parametrize(
    ("owner", "observed", "removal"),
    [
        (None, "/usr/local/bin/dockerd belongs to no package", "Remove it, with its docker.service and docker.socket"),
        ("moby-engine", "/usr/bin/dockerd belongs to package moby-engine", "`sudo apt-get remove moby-engine`"),
    ],
)
def test_a_docker_of_somebody_elses_is_kept_and_never_replaced(
    wanted: DockerEngineSettings, owner: str | None, observed: str, removal: str
) -> None:
    for version in ("29.1.0", None):
        there = others(version, owner)
        assert objection(AUTO, there, None) is None
        found = objection(wanted, there, "26.1.5")
        assert found
        assert found.observed == observed
        assert removal in found.way_out
        assert "leave docker_engine_source at auto" in found.way_out


@pytest.mark.parametrize("owner", [None, "docker-ee"])
def test_an_old_docker_of_somebody_elses_is_not_told_to_do_what_would_be_refused(owner: str | None) -> None:
    there = others("20.10.7", owner)
    for settings in (AUTO, DockerEngineSettings(version="26.1.5")):
        found = objection(settings, there, None)
        assert found
        assert found.kind == "version"
        assert "20.10.7" in found.observed
        assert owner or "no package" in found.observed
        assert "docker_engine" not in found.way_out, "no setting helps"
    found = objection(CONSENT, there, None)
    assert found
    assert "auto" not in found.way_out, "which refuses it as well"


@pytest.mark.parametrize(
    ("distribution", "version", "expected"),
    [
        ("debian", "13", ("docker.io", "docker-cli", "docker-buildx", "iptables")),
        ("debian", "12", ("docker.io",)),
        ("ubuntu", "24.04", ("docker.io", "docker-buildx")),
    ],
)
def test_each_distribution_has_its_packages(distribution: str, version: str, expected: tuple[str, ...]) -> None:
    assert engine_packages("distribution", distribution, version) == expected


def test_a_hold_is_ours_only_where_an_apply_has_set_it() -> None:
    found = {"docker-ce": Package("5:26.1.5-1", held=True), "docker-ce-cli": Package("5:26.1.5-1", held=True)}
    (lifted,) = ours(["docker-ce", "docker-ce-cli"], found, ["docker-ce", "docker.io"])
    assert (lifted.resource, lifted.expected) == ("docker-ce", "any version, not held")
    assert lifted.observed == "5:26.1.5-1, held by an earlier apply"
