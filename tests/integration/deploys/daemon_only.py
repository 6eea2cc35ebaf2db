"""daemon.json and its daemon alone, with the keys of the variable `daemon_keys`."""

from pyinfra import host

from gpufleet.become import escalation
from gpufleet.operations import docker_daemon

root = escalation()
keys = host.data.get("daemon_keys")
docker_daemon.configuration(name="Configure the daemon", owner="docker_engine", keys=keys, **root)
docker_daemon.service(name="Have the daemon run", **root)
docker_daemon.loaded(name="Load the configuration", **root)
