"""What this machine was like before the lab: noted once, put back by `down`."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

from tests.lab.command import CommandError, run
from tests.lab.instance import ROOT
from tests.lab.packages import program

NOTE = ROOT / "before.json"
FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
INSTANCES = 1024
"""A host takes about 8, and the kernel's own limit for all of root's together is 128: systemd of the 16th would end."""
GROUP = "docker"
# What Docker's packages and daemons make on their way and no purge removes.
FOLDERS = (
    "/etc/docker",
    "/etc/containerd",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/opt/containerd",
    "/run/docker",
    "/run/containerd",
)


def note() -> None:
    """Write down, once, what the lab is going to change. Needs root."""
    if NOTE.exists():
        return
    ROOT.mkdir(parents=True, exist_ok=True)
    before = {
        "forwarding": FORWARDING.read_text().strip(),
        "folders": [path for path in _traces() if Path(path).exists()],
        "group": _has_group(),
    }
    NOTE.write_text(json.dumps(before))


def make_room() -> None:
    """Raise the limit that many hosts at once come up against, once, and write down what it was. Needs root."""
    before = json.loads(NOTE.read_text())
    limit = int(INOTIFY.read_text())
    if limit < INSTANCES:
        NOTE.write_text(json.dumps({**before, "inotify": limit}))
        with suppress(OSError):  # a container that may not: fewer hosts fit
            INOTIFY.write_text(str(INSTANCES))


def put_back() -> None:
    """Undo what the note says the lab changed; a Docker that somebody installed meanwhile keeps its own."""
    if not NOTE.exists():
        return
    before = json.loads(NOTE.read_text())
    if "inotify" in before and int(INOTIFY.read_text()) == INSTANCES:
        INOTIFY.write_text(str(before["inotify"]))
    if program("dockerd") is None:
        FORWARDING.write_text(before["forwarding"])
        for path in sorted(set(_traces()) - set(before["folders"]), reverse=True):
            _remove(Path(path))
        if _has_group() and not before["group"]:
            with suppress(CommandError):
                run(["groupdel", GROUP])
    NOTE.unlink()


def _traces() -> list[str]:
    """The folders above, and the cgroups in which dockerd puts containers where systemd does not run."""
    return [*FOLDERS, *(str(path / "docker") for path in [Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").glob("*/")])]


def _remove(path: Path) -> None:
    if not path.is_relative_to("/sys"):
        shutil.rmtree(path, ignore_errors=True)
    elif path.is_dir():
        with suppress(OSError):  # not empty: not ours alone
            path.rmdir()


def _has_group() -> bool:
    return any(line.startswith(f"{GROUP}:") for line in Path("/etc/group").read_text().splitlines())
