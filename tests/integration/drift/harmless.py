"""Changes of the user's own, about which nothing may be found.

Those that start Docker come last: of a dockerd that somebody has started it is not known what it has loaded, and any
change of its file is found from then on.
"""

from __future__ import annotations

from tests.integration.drift.case import Case
from tests.integration.drift.containers import NAME, SMALL, TAG
from tests.integration.drift.daemon import OVERRIDE, OWN_KEY, RELOAD, RESTART, WITHOUT_KEY, edited

OWN_RUNTIME, WITHOUT_RUNTIME = edited('d["runtimes"]["own"] = {"path": "runc"}'), edited('del d["runtimes"]["own"]')
OWN_SOURCE = "/etc/apt/sources.list.d/own.list"

CASES = (
    Case(
        "a key of the user's in daemon.json, loaded",
        f"{OWN_KEY}; {RELOAD}",
        quick=True,
        undo=f"{WITHOUT_KEY}; {RELOAD}",
    ),
    Case("daemon.json written in another way", edited("d = dict(sorted(d.items(), reverse=True))")),
    Case("an image of the user's", f"docker tag {SMALL} own:1", quick=True, undo="docker rmi own:1"),
    Case("an image made from ours", f"echo FROM {TAG} | docker build -q -t own:2 -", undo="docker rmi own:2"),
    Case("a container of the user's", f"docker run -d --name own {SMALL} sleep infinity", undo="docker rm -f own"),
    Case("a source of the user's", f"echo 'deb [trusted=yes] file:/srv/own ./' >{OWN_SOURCE}", undo=f"rm {OWN_SOURCE}"),
    Case("somebody is let use Docker by hand", "gpasswd -a games docker", undo="gpasswd -d games docker"),
    Case("another image is pulled", "docker pull -q debian:bookworm-slim", undo="docker rmi debian:bookworm-slim"),
    Case("apt's lists are fetched anew", "apt-get -q update"),
    Case("systemd reads its units anew", "systemctl daemon-reload"),
    Case(
        "an override of the user's for Docker's unit",
        f"mkdir {OVERRIDE}; printf '[Service]\\nEnvironment=OWN=1\\n' >{OVERRIDE}/own.conf; systemctl daemon-reload",
        undo=f"rm -r {OVERRIDE}; systemctl daemon-reload",
    ),
    Case("the sandbox is started anew", f"docker restart -t 0 {NAME}"),
    Case("a session goes on in the sandbox", f"docker exec -d {NAME} sleep 1000", undo=f"docker restart -t 0 {NAME}"),
    Case("a runtime of the user's, loaded", f"{OWN_RUNTIME}; {RESTART}", undo=f"{WITHOUT_RUNTIME}; {RESTART}"),
    Case("Docker is started anew", RESTART),
)
