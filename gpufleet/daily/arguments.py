"""The arguments of `gpufleet shell`, `run` and `build`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpufleet.report import outputs

if TYPE_CHECKING:
    import argparse

INVENTORY = "a file, @local or host names (default: inventory.py)"
HOST = "a host of the inventory (default: the only one, or this machine)"
CODES = """exit code: the command's own · 64 wrong usage · 125 nothing was run, the reason is told (a job: Docker's
own troubles too) · 255 ssh's own troubles"""


def add_arguments(commands: Any) -> None:  # noqa: ANN401 - argparse's type of this has a leading underscore
    """Add the three commands.

    Args:
        commands: what argparse's `add_subparsers` returned.
    """
    _shell(
        commands.add_parser(
            "shell",
            help="a shell in a sandbox",
            description="A shell in a sandbox, here or on another host, as the sandbox's own user in /app.",
            epilog=CODES,
            usage="gpufleet shell [HOST] [SANDBOX] [--root] [--agent] [--inventory F]",
        )
    )
    _run(
        commands.add_parser(
            "run",
            help="a command in a container of its own, which goes with it",
            description="Runs a command in a container with the image, GPUs, mounts and variables that are declared of "
            "a sandbox. /app is the current directory where the host is this machine, and the declared workspace on "
            "others. Without a command the image's own runs, in the declared image a shell.",
            epilog=CODES,
            usage="gpufleet run [HOST] [OPTIONS] [-- COMMAND ...]",
        )
    )
    _build(
        commands.add_parser(
            "build",
            help="build the declared images now, and apply nothing else",
            description="The same as `gpufleet apply --roles cuda_image`, on these hosts.",
            usage="gpufleet build [HOST ...] [--inventory F] [--json [FILE]] [--junit [FILE]]",
        )
    )


def _shell(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="HOST SANDBOX", help=f"{HOST}, and one of its sandboxes")
    parser.add_argument("--root", action="store_true", help="as root")
    parser.add_argument("--agent", action="store_true", help="lend the sandbox your SSH agent while the shell is open")
    parser.add_argument("--inventory", metavar="F", help=INVENTORY)


def _run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("host", nargs="?", metavar="HOST", help=HOST)
    parser.add_argument(
        "--sandbox",
        metavar="NAME",
        help="the sandbox to be like (default: the only one, or the only one that is made from --image)",
    )
    parser.add_argument(
        "--image",
        metavar="NAME",
        help="another image: one out of cuda_image_more, or one of Docker's, fetched if need be",
    )
    parser.add_argument("--workspace", metavar="PATH", help="the folder of the host that shows as /app")
    parser.add_argument(
        "--mount",
        metavar="SRC:DST[:ro]",
        action="append",
        default=[],
        help="a folder or file, besides those declared",
    )
    parser.add_argument("--gpus", metavar="GPUS", help="all, none, or indices and UUIDs, as 0,1")
    parser.add_argument("--shm-size", metavar="SIZE", help="size of /dev/shm, as 16g")
    parser.add_argument(
        "--env",
        metavar="NAME[=VALUE]",
        action="append",
        default=[],
        help="a variable; without a value the one that it has here",
    )
    parser.add_argument("--user", metavar="UID[:GID]", help="who the command is inside")
    parser.add_argument("--root", action="store_const", const="0:0", dest="user", help="as root")
    parser.add_argument("--inventory", metavar="F", help=INVENTORY)


def _build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("limit", nargs="*", metavar="HOST", help="hosts, groups or patterns (default: all)")
    parser.add_argument("--inventory", metavar="F", help=INVENTORY)
    outputs.add_arguments(parser)
