"""The options of `gpufleet bundle`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

DESCRIPTION = """\
Gathers what hosts without a network need into a folder: packages with what they depend on, keys, images.
No host is contacted but the one that builds the images. The same command again goes on where it was interrupted,
and brings an older bundle up to date."""
HIGHEST_ID = 4_294_967_294


def add_arguments(parser: argparse.ArgumentParser, add_hosts: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the options of `bundle` and of `bundle verify`.

    Args:
        parser: of the command.
        add_hosts: adds those by which every command is told which hosts are meant.
    """
    parser.description = DESCRIPTION
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--for", dest="target", metavar="DISTRIBUTION", help="of the hosts: debian13, ubuntu24.04, …")
    parser.add_argument("--output", type=Path, metavar="DIR", help="folder for the bundle, with nothing else in it")
    add_hosts(parser)
    parser.add_argument("--architecture", default="amd64", metavar="A", help="of the hosts (default: amd64)")
    parser.add_argument(
        "--apt-sources",
        type=Path,
        metavar="FILE",
        help="a .sources or .list file with the hosts' archive (default: this machine's own, where it is one)",
    )
    parser.add_argument(
        "--target-status",
        type=Path,
        metavar="FILE",
        help="a host's /var/lib/dpkg/status: only what it lacks is gathered (default: the smallest system)",
    )
    parser.add_argument("--builder", metavar="HOST", help="host that builds the images (default: this machine)")
    parser.add_argument(
        "--user",
        type=a_user,
        metavar="UID[:GID]",
        nargs="+",
        action="extend",
        default=[],
        help="who works in the images, where cuda_image_uid is not set (default: 1000:1000)",
    )
    parser.add_argument(
        "--cuda",
        type=int,
        choices=(12, 13),
        nargs="+",
        action="extend",
        default=[],
        help="CUDA of the images, where cuda_image_cuda is auto (default: both)",
    )
    verify = parser.add_subparsers(dest="bundle_command", metavar="verify").add_parser(
        "verify", help="are all parts there and as they should be?", description="Checks a bundle on this machine."
    )
    verify.add_argument("folder", type=Path, metavar="DIR", help="folder of the bundle")
    verify.add_argument("--sha256", type=a_hash, metavar="HASH", help="of its manifest, as bundle_sha256 has it")


def a_hash(text: str) -> str:
    """A SHA-256 as this program writes it.

    Args:
        text: as it stands on the command line; capital letters are taken too.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not re.fullmatch(r"[0-9a-f]{64}", text.lower()):
        raise argparse.ArgumentTypeError(f"{text}: not a SHA-256, which has 64 hexadecimal digits")
    return text.lower()


def a_user(text: str) -> tuple[int, int]:
    """User and group id from `1000` or `1000:1000`; a group that is left out has the user's number.

    Args:
        text: as it stands on the command line.

    Raises:
        ArgumentTypeError: it is neither.
    """
    found = re.fullmatch(r"(\d+)(?::(\d+))?", text)
    ids = (int(found[1]), int(found[2] or found[1])) if found else (HIGHEST_ID + 1, 0)
    if max(ids) > HIGHEST_ID:
        raise argparse.ArgumentTypeError(f"{text}: not a user's number, as 1000 or 1000:1000")
    return ids
