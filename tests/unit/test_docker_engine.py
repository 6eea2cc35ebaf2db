"""Which Docker a host gets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gpufleet.facts.apt import Package
from gpufleet.platform import Docker, Platform
from roles.docker_engine.engine import engine_packages, family, installed_family, objection
from roles.docker_engine.settings import DockerEngineSettings
from tests.unit.hosts import BARE

AUTO = DockerEngineSettings()
DOCKER = DockerEngineSettings(source="docker")
DISTRIBUTION = DockerEngineSettings(source="distribution")
CONSENT = DockerEngineSettings(source="docker", replace=True)

DEBIANS = {"docker.io": Package("26.1.5+dfsg1-9"), "containerd": Package("1.7.24"), "runc": Package("1.1.15")}
VENDORS = {"docker-ce": Package("5:26.1.5-1~debian.13~trixie"), "containerd.io": Package("1.7.24-1")}


def having(version: str, running: int | None = 0) -> Platform:
    return replace(BARE, docker=Docker(dockerd="/usr/bin/dockerd", version=version), running_containers=running)


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
    assert objection(AUTO, BARE, {}, None) is None


def test_a_fit_docker_is_kept_with_containers_running() -> None:
    assert objection(AUTO, having("26.1.5+dfsg1-9", running=3), DEBIANS, None) is None


def test_an_old_docker_is_refused_with_the_way_to_a_newer_one() -> None:
    found = objection(AUTO, having("20.10.24+dfsg1-1"), DEBIANS, None)
    assert found
    assert "20.10.24" in found.observed
    assert "docker_engine_replace: true" in found.way_out


def test_an_old_docker_of_dockers_own_asks_for_a_version() -> None:
    found = objection(AUTO, having("5:20.10.1~3-0~debian-buster"), VENDORS, None)
    assert found
    assert "docker_engine_version" in found.way_out


def test_a_distribution_that_offers_only_an_old_docker_is_refused() -> None:
    found = objection(DISTRIBUTION, BARE, {}, "20.10.24+dfsg1-1+deb12u1")
    assert found
    assert "20.10.24" in found.observed


def test_replacing_needs_consent_and_names_what_would_go() -> None:
    found = objection(DOCKER, having("26.1.5+dfsg1-9"), DEBIANS, None)
    assert found
    assert found.observed == "docker.io, containerd, runc installed"
    assert objection(CONSENT, having("26.1.5+dfsg1-9"), DEBIANS, None) is None


def test_containerd_alone_needs_consent_too() -> None:
    found = objection(AUTO, BARE, {"containerd": Package("1.7.24")}, None)
    assert found
    assert "containerd" in found.expected


@pytest.mark.parametrize(("running", "said"), [(2, "2 containers"), (None, "does not answer")])
def test_consent_does_not_reach_over_running_containers(running: int | None, said: str) -> None:
    found = objection(CONSENT, having("26.1.5+dfsg1-9", running), DEBIANS, None)
    assert found
    assert said in found.observed


def test_consent_does_not_reach_over_others_who_use_containerd() -> None:
    platform = replace(having("26.1.5+dfsg1-9"), containerd_users=("kubelet",))
    found = objection(CONSENT, platform, DEBIANS, None)
    assert found
    assert "kubelet" in found.observed


def test_a_dockerd_of_no_package_is_never_replaced() -> None:
    platform = replace(BARE, docker=Docker(dockerd="/usr/local/bin/dockerd", daemon_version="29.1.0"))
    found = objection(CONSENT, platform, {}, None)
    assert found
    assert "/usr/local/bin/dockerd" in found.observed
    assert objection(AUTO, platform, {}, None) is None


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
