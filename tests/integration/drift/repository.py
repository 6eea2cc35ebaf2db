"""What is edited in the repository and in settings: the host is as it was, and waits for an apply."""

from __future__ import annotations

from tests.integration.drift.apt import DOCKERS_PACKAGES, NVIDIAS_PACKAGES
from tests.integration.drift.bench import DAEMON
from tests.integration.drift.case import Case
from tests.integration.drift.containers import IMAGE, LEFT, NAME, OLDER, RUNS, older
from tests.integration.drift.daemon import CONFIGURED, FORMER_USERS, RUNTIME, USER

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
        "fewer older images are declared to be kept",
        older(2),
        OLDER,
        "pending",
        quick=True,
        redeclared={"cuda_image_keep": 1},
        undo=LEFT,
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
    ),
    Case(
        "a user is declared no longer",
        item=FORMER_USERS,
        kind="pending",
        settings={"docker_engine_users": ["ops", "games"]},
        redeclared={"docker_engine_users": ["ops"]},
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
    Case(
        "Docker is declared at another version",
        item=DOCKERS_PACKAGES,
        kind="pending",
        redeclared={"docker_engine_version": "26.1.5-1"},
    ),
    Case(
        "the toolkit is declared at another version",
        item=NVIDIAS_PACKAGES,
        kind="pending",
        redeclared={"nvidia_container_toolkit_version": "1.19.1"},
    ),
    Case(
        "the runtime for GPUs is declared to be the default one",
        item=RUNTIME,
        kind="pending",
        quick=True,
        redeclared={"nvidia_container_toolkit_default_runtime": True},
    ),
)
