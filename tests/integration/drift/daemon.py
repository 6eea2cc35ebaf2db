"""What happens to Docker's daemon: its file, what it has loaded, its service, its users and what it trusts."""

from __future__ import annotations

from tests.integration.drift.apt import DOCKER, NVIDIA
from tests.integration.drift.case import Case

CONFIGURED = f"{DOCKER}.configure-the-daemon"
LOADED = f"{DOCKER}.have-the-daemon-run-with-its-configuration"
SERVICE = f"{DOCKER}.have-the-daemon-start-at-boot-and-run"
USER = f"{DOCKER}.let-ops-use-docker"
FORMER_USERS = f"{DOCKER}.let-nobody-use-docker-any-more-who-is-no-longer-declared"
AUTHORITIES = f"{DOCKER}.trust-the-declared-certificate-authorities"
RUNTIME = f"{NVIDIA}.configure-docker-s-runtime-for-gpus"

FILE, KEPT = "/etc/docker/daemon.json", "/root/daemon.json"
# Of a whole second in which systemd counts starts, a test would soon have used up all
RESTART = "sleep 0.1; systemctl reset-failed docker.service docker.socket; systemctl restart docker"
RELOAD = "systemctl reload docker; sleep 1"
CERTIFICATES = "/usr/local/share/ca-certificates/managed-by-gpufleet-*.crt"
OVERRIDE = "/etc/systemd/system/docker.service.d"


def edited(statement: str) -> str:
    """A change of daemon.json: a statement of Python about its content `d`."""
    program = f'import json, sys; d = json.load(open("{FILE}")); {statement}; json.dump(d, open("{FILE}", "w"))'
    return f"python3 -c '{program}'"


def loaded_without(statement: str, how: str = RESTART) -> str:
    """A daemon that loads another content, and then the right file again."""
    return f"cp {FILE} {KEPT}; {edited(statement)}; {how}; cp {KEPT} {FILE}"


OWN_KEY, WITHOUT_KEY = edited('d["max-concurrent-uploads"] = 3'), edited('del d["max-concurrent-uploads"]')

FILES = (
    Case("a key of ours is gone", edited('del d["max-concurrent-downloads"]'), CONFIGURED),
    Case("a key of ours has another value", edited('d["max-concurrent-downloads"] = 7'), CONFIGURED, quick=True),
    Case("live-restore is off", edited('d["live-restore"] = False') + "; systemctl reload docker", CONFIGURED),
    Case("the runtime for GPUs is gone", edited('del d["runtimes"]["nvidia"]'), RUNTIME),
    Case("the runtime for GPUs is another program", edited('d["runtimes"]["nvidia"]["path"] = "runc"'), RUNTIME),
    Case("CDI is off", edited('d["features"]["cdi"] = False'), RUNTIME),
    Case("daemon.json is gone", f"rm {FILE}", CONFIGURED),
    Case("daemon.json is broken", f"cp -p {FILE} {KEPT}; echo '{{' >>{FILE}", CONFIGURED, person=f"mv {KEPT} {FILE}"),
)

LIVE = (
    Case(
        "a key of the user's in daemon.json, not loaded",
        OWN_KEY,
        LOADED,
        "runtime",
        undo=f"{WITHOUT_KEY}; {RELOAD}",
    ),
    Case(
        "another file was loaded, by a restart",
        loaded_without('d["log-opts"]["max-size"] = "9m"'),
        LOADED,
        "runtime",
    ),
    Case(
        "another file was loaded, and the right one is as old as it was",
        loaded_without('d["log-opts"]["max-size"] = "9m"') + f"; rm {FILE}; mv -T {KEPT} {FILE}",
        LOADED,
        "runtime",
    ),
    Case(
        "another file was loaded, by a reload",
        loaded_without('d["live-restore"] = False', RELOAD),
        LOADED,
        "runtime",
    ),
    Case(
        "Docker runs without the runtime that its file has",
        loaded_without('del d["runtimes"]'),
        LOADED,
        "runtime",
    ),
)


def overridden(flag: str) -> str:
    """A flag more for dockerd, from its next start on."""
    command = f"/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock {flag}"
    text = f"[Service]\\nExecStart=\\nExecStart={command}\\n"
    return f"mkdir {OVERRIDE}; printf '{text}' >{OVERRIDE}/own.conf; systemctl daemon-reload"


STOP = "systemctl stop docker.socket docker.service"
UNITS = (
    Case("Docker is stopped", STOP, SERVICE, "runtime", quick=True),
    Case("Docker is not started at boot", "systemctl disable docker.service", SERVICE),
    Case("Docker is masked", "systemctl mask docker.service", SERVICE),
    Case("Docker's socket is masked", "systemctl mask docker.socket", SERVICE),
    Case(
        "systemd has not read what changes Docker's unit",
        f"mkdir {OVERRIDE}; printf '[Service]\\nTimeoutStopSec=99\\n' >{OVERRIDE}/own.conf",
        SERVICE,
        "runtime",
        undo=f"rm -r {OVERRIDE}; systemctl daemon-reload",
    ),
    Case(
        "Docker's unit passes an option that the file holds as well",
        overridden("--max-concurrent-downloads=5"),
        SERVICE,
        person=f"rm -r {OVERRIDE}; systemctl daemon-reload",
    ),
    Case(
        "Docker's unit names another file",
        overridden("--config-file=/etc/docker/other.json"),
        CONFIGURED,
        person=f"rm -r {OVERRIDE}; systemctl daemon-reload",
    ),
)

ACCESS = (
    Case("a user is no longer in group docker", "gpasswd -d ops docker", USER),
    Case("a certificate authority is gone", f"rm {CERTIFICATES}", AUTHORITIES),
    Case("a certificate authority is another one", f"sed -i 1d {CERTIFICATES}", AUTHORITIES),
    Case("a certificate authority is not taken up", "rm /etc/ssl/certs/managed-by-gpufleet-*.pem", AUTHORITIES),
    Case(
        "a certificate authority of ours is there that is not declared",
        f"cp {CERTIFICATES} /usr/local/share/ca-certificates/managed-by-gpufleet-former.crt; update-ca-certificates",
        AUTHORITIES,
    ),
)

CASES = (*FILES, *LIVE, *UNITS, *ACCESS)
