"""Changes of the user's own, about which nothing may be found."""

from __future__ import annotations

from tests.integration.drift.case import Case
from tests.integration.drift.containers import NAME, SMALL, TAG
from tests.integration.drift.daemon import OVERRIDE, RESTART, edited

OWN_KEY, OWN_RUNTIME = edited('d["max-concurrent-uploads"] = 3'), edited('d["runtimes"]["own"] = {"path": "runc"}')
WITHOUT_KEY, WITHOUT_RUNTIME = edited('del d["max-concurrent-uploads"]'), edited('del d["runtimes"]["own"]')
RELOAD = "systemctl reload docker; sleep 1"
OWN_SOURCE = "/etc/apt/sources.list.d/own.list"

CASES = (
    Case(
        "a key of the user's in daemon.json, loaded",
        f"{OWN_KEY}; {RELOAD}",
        quick=True,
        undo=f"{WITHOUT_KEY}; {RELOAD}",
    ),
    Case("a key of the user's in daemon.json, not loaded", OWN_KEY, undo=WITHOUT_KEY),
    Case("a runtime of the user's, loaded", f"{OWN_RUNTIME}; {RESTART}", undo=f"{WITHOUT_RUNTIME}; {RESTART}"),
    Case("daemon.json written in another way", edited("d = dict(sorted(d.items(), reverse=True))")),
    Case("an image of the user's", f"docker tag {SMALL} own:1", quick=True, undo="docker rmi own:1"),
    Case("an image made from ours", f"echo FROM {TAG} | docker build -q -t own:2 -", undo="docker rmi own:2"),
    Case("a container of the user's", f"docker run -d --name own {SMALL} sleep infinity", undo="docker rm -f own"),
    Case("a source of the user's", f"echo 'deb [trusted=yes] file:/srv/own ./' >{OWN_SOURCE}", undo=f"rm {OWN_SOURCE}"),
    Case("another image is pulled", "docker pull -q debian:bookworm-slim", undo="docker rmi debian:bookworm-slim"),
    Case("apt's lists are fetched anew", "apt-get -q update"),
    Case("systemd reads its units anew", "systemctl daemon-reload"),
    Case(
        "an override of the user's for Docker's unit",
        f"mkdir {OVERRIDE}; printf '[Service]\\nEnvironment=OWN=1\\n' >{OVERRIDE}/own.conf; systemctl daemon-reload",
        undo=f"rm -r {OVERRIDE}; systemctl daemon-reload",
    ),
    Case("the sandbox is started anew", f"docker restart -t 0 {NAME}"),
    Case("Docker is started anew", RESTART),
    Case("a session goes on in the sandbox", f"docker exec -d {NAME} sleep 1000", undo=f"docker restart -t 0 {NAME}"),
)
