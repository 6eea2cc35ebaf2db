"""`python -m tests.lab up|down|status|demo`."""

from __future__ import annotations

import argparse
import shutil
import sys

from tests.lab import demo, engine, teardown
from tests.lab.command import CommandError
from tests.lab.instance import ROOT, Instance
from tests.lab.lab import Lab
from tests.lab.lock import locked
from tests.lab.privilege import become_root
from tests.lab.progress import say
from tests.lab.up import up

COMMANDS = {
    "up": "start the lab: engine, root file systems, mirror",
    "down": "remove every trace of it",
    "status": "what runs",
    "demo": "the main job, end to end, on a throwaway host",
}


def main() -> int:
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in COMMANDS.items():
        commands.add_parser(name, help=text)
    command = parser.parse_args().command
    try:
        return {"up": _up, "down": _down, "status": _status, "demo": demo.main}[command]()
    except (CommandError, engine.EngineError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _up() -> int:
    become_root("up")
    instance = Instance.from_environment()
    with locked(ROOT / "lock"):
        running = up(instance)
    say(f"the lab is up: Docker at unix://{instance.socket}, network {running.subnet}")
    return 0


def _down() -> int:
    become_root("down")
    with locked(ROOT / "lock"):
        teardown.down(Instance.from_environment())
    return 0


def _status() -> int:
    lab = Lab.connect()
    version = lab.engine.client.version()["Version"]
    print(f"Docker {version} at unix://{lab.instance.socket}, network {lab.engine.subnet}")
    for host in lab.hosts():
        state = host.container.status
        print(f"  {host.name:24} {host.kind:16} {host.address:15} {state:8} {' '.join(host.ssh_command())}")
    free = shutil.disk_usage(ROOT).free // 2**30
    print(f"  free on {ROOT}: {free} GiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
