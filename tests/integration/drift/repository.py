"""What is edited in the repository and in settings: the host is as it was, and waits for an apply."""

from __future__ import annotations

from tests.integration.drift.bench import DAEMON
from tests.integration.drift.case import Case
from tests.integration.drift.containers import IMAGE, NAME, RUNS
from tests.integration.drift.daemon import CONFIGURED, USER

# A sandbox is declared by its image as well, and who edits that has to know which ones will be replaced
CASES = (
    Case(
        "the Dockerfile is edited",
        item=IMAGE,
        also=(RUNS,),
        kind="pending",
        edits={"files/cuda_image/Dockerfile": "ENV EDITED=1\n"},
    ),
    Case(
        "the lock is edited",
        item=IMAGE,
        also=(RUNS,),
        kind="pending",
        edits={"files/cuda_image/requirements-cuda13.lock": "# edited\n"},
    ),
    Case(
        "a sandbox is declared anew",
        item=RUNS,
        kind="pending",
        redeclared={"sandbox_containers": {NAME: {"shm_size": "1g"}}},
    ),
    Case(
        "a user is declared more",
        item=USER.replace("ops", "games"),
        kind="pending",
        redeclared={"docker_engine_users": ["ops", "games"]},
        undo="gpasswd -d games docker",
    ),
    Case(
        "a key of daemon.json is declared no longer",
        item=CONFIGURED,
        kind="pending",
        redeclared={"docker_engine_daemon": {"log-opts": DAEMON["log-opts"]}},
    ),
    Case(
        "a key of daemon.json is declared anew",
        item=CONFIGURED,
        kind="pending",
        quick=True,
        redeclared={"docker_engine_daemon": {**DAEMON, "max-concurrent-downloads": 6}},
    ),
)
