"""The command line of `python -m tests.gpu`."""

from __future__ import annotations

import argparse
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.gpu import CHECKOUT
from tests.gpu.steps import ASKED_FOR, STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_CODES = "exit codes: 0 all that was run is as claimed · 1 something is not · 2 the trial could not be begun"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a trial is to do.

    Attributes:
        inventory: as gpufleet takes it.
        limit: picks the one host where the inventory has several.
        variables: settings for the host beside those of the inventory.
        outside_python: interpreter on the host for the program outside of a container; None for the image's own.
        steps: which ones.
        again: run those too that were as claimed in an earlier run.
        fresh: forget earlier runs.
        my_own: whatever runs on the host may be disturbed.
        state: file with the results of the steps; None for one named after the host.
        json: file that gets the document; None for standard output.
    """

    inventory: str
    limit: str | None
    variables: dict[str, Any]
    outside_python: str | None
    steps: tuple[str, ...]
    again: bool
    fresh: bool
    my_own: bool
    state: Path | None
    json: Path | None


def options(arguments: Sequence[str] | None = None) -> Options:
    """Read a command line; exits with 2 where it makes no sense.

    Args:
        arguments: without the program's name; by default this process's own.
    """
    asked = _parser().parse_args(arguments)
    return Options(
        inventory=asked.inventory,
        limit=asked.limit,
        variables={**dict(asked.set), **_bundle(asked)},
        outside_python=asked.outside_python,
        steps=tuple(name for name in STEPS if name in asked.steps),
        again=asked.again,
        fresh=asked.fresh,
        my_own=asked.on_a_host_of_my_own,
        state=asked.state,
        json=asked.json,
    )


def variable(text: str) -> tuple[str, Any]:
    """`name=value`: a value that is JSON is what it says, any other one a text.

    Raises:
        argparse.ArgumentTypeError: it is no such thing.
    """
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[a-z]\w*", name):
        raise argparse.ArgumentTypeError(f"{text!r} is not name=value")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def default_state(host: str) -> Path:
    """Where the results of a host's trial are kept.

    Args:
        host: its name in the inventory.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "gpufleet" / f"trial-{re.sub(r'[^A-Za-z0-9.-]+', '_', host)}.json"


def _bundle(asked: argparse.Namespace) -> dict[str, Any]:
    if asked.bundle is None:
        return {}
    location = {"bundle_location": "host"} if asked.bundle_on_host else {}
    path = asked.bundle if asked.bundle_on_host else str(Path(asked.bundle).resolve())
    return {"bundle_path": path, "bundle_sha256": asked.bundle_sha256, **location}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.gpu",
        description="Provisions a server with a real GPU by the unchanged deploy.py, tries every claim about GPUs on "
        "it, and prints one JSON document. Stops nothing but Docker's daemon, and leaves the host as declared, unless "
        "remove is named.",
        epilog="steps: "
        + "; ".join(f"{name}: {(step.__doc__ or '').splitlines()[0].rstrip('.')}" for name, step in STEPS.items())
        + f". {EXIT_CODES}",
    )
    parser.add_argument(
        "--inventory",
        metavar="F",
        default=str(CHECKOUT / "inventory.py"),
        help="a file or a host's name as pyinfra takes them; @local is this machine (default: inventory.py)",
    )
    parser.add_argument("--limit", metavar="HOST", help="which host, where the inventory has several")
    parser.add_argument("--bundle", metavar="DIR", help="provision from this bundle, asking no network")
    parser.add_argument("--bundle-sha256", metavar="HASH", help="of its manifest, as `gpufleet bundle` prints it")
    parser.add_argument("--bundle-on-host", action="store_true", help="DIR is a folder of the host")
    parser.add_argument(
        "--set", metavar="NAME=VALUE", type=variable, action="append", default=[], help="a further setting (repeatable)"
    )
    parser.add_argument(
        "--outside-python",
        metavar="PATH",
        help="interpreter on the host, with numpy and numba-cuda, for the program outside of a container (default: "
        "the image's own files, started there by their own loader)",
    )
    parser.add_argument(
        "--steps",
        metavar="STEP",
        nargs="+",
        choices=list(STEPS),
        default=[name for name in STEPS if name not in ASKED_FOR],
        help=f"only these (default: all but {', '.join(ASKED_FOR)})",
    )
    parser.add_argument("--again", action="store_true", help="also those that went well in an earlier run")
    parser.add_argument("--fresh", action="store_true", help="forget the results of earlier runs")
    parser.add_argument(
        "--on-a-host-of-my-own", action="store_true", help="go on although other work runs there, which may suffer"
    )
    parser.add_argument(
        "--state", metavar="FILE", type=Path, help="where results are kept (default: in ~/.cache/gpufleet)"
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the document there, not to standard output")
    return parser
