"""What the settings amount to in daemon.json."""

from __future__ import annotations

from roles.docker_engine.daemon import declared_keys, for_swarm
from roles.docker_engine.settings import DockerEngineSettings


def test_by_default_only_live_restore_is_declared() -> None:
    assert declared_keys(DockerEngineSettings()) == {"live-restore": True}


def test_live_restore_that_is_declined_is_said_so() -> None:
    assert declared_keys(DockerEngineSettings(live_restore=False)) == {"live-restore": False}


def test_mirrors_and_proxies_have_their_keys() -> None:
    settings = DockerEngineSettings(registry_mirrors=["https://m"], https_proxy="http://p:3128", no_proxy="10.0.0.0/8")
    keys = declared_keys(settings)
    assert keys["registry-mirrors"] == ["https://m"]
    assert keys["proxies"] == {"https-proxy": "http://p:3128", "no-proxy": "10.0.0.0/8"}


def test_free_keys_are_taken_over() -> None:
    assert declared_keys(DockerEngineSettings(daemon={"log-opts": {"max-size": "10m"}}))["log-opts"] == {
        "max-size": "10m"
    }


def test_a_swarm_gets_no_live_restore() -> None:
    assert for_swarm({"live-restore": True, "debug": True}) == {"debug": True}
