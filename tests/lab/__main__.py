"""`python -m tests.lab up|down|status|demo`."""

from __future__ import annotations

import argparse
import shutil
import sys

from tests.lab import demo, engine, teardown
from tests.lab.apt_sources import NoArchiveError
from tests.lab.command import CommandError
from tests.lab.instance import ROOT, Instance
from tests.lab.kinds import KINDS
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
    parsers = {name: commands.add_parser(name, help=text) for name, text in COMMANDS.items()}
    parsers["up"].add_argument("kinds", nargs="*", default=list(KINDS), help="have images of these kinds ready")
    arguments = parser.parse_args()
    unknown = set(getattr(arguments, "kinds", ())) - set(KINDS)
    if unknown:
        parser.error(f"no such kind: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    if arguments.command in {"up", "down"}:
        become_root(sys.argv[1:])
    try:
        return {"up": _up, "down": _down, "status": _status, "demo": _demo}[arguments.command](arguments)
    except (CommandError, engine.EngineError, NoArchiveError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _up(arguments: argparse.Namespace) -> int:
    instance = Instance.from_environment()
    with locked(ROOT / "lock"):
        running = up(instance, arguments.kinds)
    say(f"the lab is up: Docker at unix://{instance.socket}, network {running.subnet}")
    return 0


def _down(_: argparse.Namespace) -> int:
    with locked(ROOT / "lock"):
        teardown.down(Instance.from_environment())
    return 0


def _status(_: argparse.Namespace) -> int:
    lab = Lab.connect()
    version = lab.engine.client.version()["Version"]
    print(f"Docker {version} at unix://{lab.instance.socket}, network {lab.engine.subnet}")
    for host in lab.hosts():
        state = host.container.status
        print(f"  {host.name:24} {host.kind:16} {host.address:15} {state:8} {' '.join(host.ssh_command())}")
    free = shutil.disk_usage(ROOT).free // 2**30
    print(f"  free on {ROOT}: {free} GiB")
    return 0


def _demo(_: argparse.Namespace) -> int:
    return demo.main()


if __name__ == "__main__":
    sys.exit(main())
