"""The command `gpufleet`: arguments and exit codes, nothing else.

pyinfra is imported only where hosts are touched, so that `--help` and mistakes answer at once.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from gpufleet.bundle import command_line
from gpufleet.daily import arguments as daily
from gpufleet.report import outputs
from gpufleet.report.model import BY_SIGNAL, USAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_CODES = """exit codes:
  0  everything is as declared      1  the run itself failed, or there was nothing to do it on
  2  something is not               64 wrong usage
  4  a host could not be read       130, 143 interrupted
  6  both 2 and 4"""


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes end with 64, because 2 says something about the hosts."""

    def error(self, message: str) -> NoReturn:
        """Print usage and message, and exit."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: error: {message}\n")


class Version(argparse.Action):
    """`--version`, looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Print the version of the installed package and exit."""
        from importlib.metadata import version  # noqa: PLC0415 - takes longer than everything else here

        print(f"gpufleet {version('gpufleet')}")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: the command line without the program's name; by default this process's own.

    Returns:
        The exit code.
    """
    if sys.stdout is None:  # closed (`>&-`): nobody wants to see anything
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:  # before a run has taken the signals over
        sys.stderr.write("gpufleet: interrupted\n")
        return BY_SIGNAL + signal.SIGINT


def _run(arguments: Sequence[str]) -> int:
    own, further = _split(arguments)
    options = _parser().parse_args(own)
    if further and options.command not in {"verify", "run"}:
        _parser().error("only `verify` and `run` take arguments after --")
    if options.command in {"shell", "run", "build"}:
        from gpufleet.daily.command import daily  # noqa: PLC0415 - see the module's docstring

        return daily(options, further)
    if options.command == "bundle":
        return _bundle(options)
    if options.command == "bench":
        from gpufleet.bench.command import bench  # noqa: PLC0415 - see the module's docstring

        return bench(options.inventory, options.limit, options.sandbox, outputs.chosen(options))
    if options.command == "remove":
        return _remove(options)
    if options.command != "verify":
        from gpufleet.run.command import check_or_apply  # noqa: PLC0415 - see the module's docstring

        return check_or_apply(options.command, options.inventory, options.limit, options.roles, outputs.chosen(options))
    from gpufleet.verify.launch import verify  # noqa: PLC0415 - see the module's docstring

    return verify(options.inventory, options.limit, further, outputs.chosen(options))


def _remove(options: argparse.Namespace) -> int:
    if not (options.yes or options.check or (sys.stdin and sys.stdin.isatty())):
        _parser().error("remove: there is no terminal to ask: give --yes, or --check to see what goes")
    from gpufleet.run.removal import remove  # noqa: PLC0415 - see the module's docstring

    return remove(
        options.inventory,
        options.limit,
        roles=options.roles,
        outputs=outputs.chosen(options),
        containers=options.containers,
        look=options.check,
        yes=options.yes,
    )


def _bundle(options: argparse.Namespace) -> int:
    if options.bundle_command:
        from gpufleet.bundle.verify import verify  # noqa: PLC0415 - see the module's docstring

        return verify(options.folder, options.sha256)
    for name in ("target", "output"):
        if getattr(options, name) is None:
            _parser().error(f"bundle: --{'for' if name == 'target' else name} is missing")
    from gpufleet.bundle.command import bundle  # noqa: PLC0415 - see the module's docstring

    return bundle(options)


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """What stands before `--`, and what stands after it."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return list(arguments[:end]), list(arguments[end + 1 :])


def _parser() -> Parser:
    parser = Parser(
        prog="gpufleet",
        description="GPU container hosts as code.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    check = commands.add_parser(
        "check",
        help="is it still so? reads only",
        description="Says what of every host of the inventory is not as declared. Nothing is changed.",
    )
    apply = commands.add_parser(
        "apply",
        help="make it so; what is as declared is left alone",
        description="Makes every host of the inventory as declared, then checks those that were changed.",
    )
    remove = _add_remove(commands)
    for each in (check, apply, remove):
        _add_hosts(each)
        each.add_argument(
            "--roles", metavar="R", nargs="+", action="extend", default=[], help="only what these roles manage"
        )
        outputs.add_arguments(each)
    verify = commands.add_parser(
        "verify",
        help="does it really work? tests on the hosts, with a container that really runs",
        description="Runs tests/verify on every host of the inventory, over pyinfra's own connections.",
        usage="gpufleet verify [--inventory F] [--limit X ...] [--json [FILE]] [--junit [FILE]] [-- PYTEST ARGUMENTS]",
        epilog="after --: arguments for pytest, such as -v, -k NAME, --junitxml=FILE or a test file",
    )
    _add_hosts(verify)
    outputs.add_arguments(verify)
    daily.add_arguments(commands)
    bundle = commands.add_parser("bundle", help="gather what hosts without a network need, or check what was gathered")
    command_line.add_arguments(bundle, _add_hosts)
    bench = commands.add_parser(
        "bench",
        help="how fast are its GPUs? measures in a sandbox",
        description="Measures the GPUs of every host of the inventory, each from inside one of its running sandboxes.",
    )
    _add_hosts(bench)
    bench.add_argument("--sandbox", metavar="NAME", help="in which (default: the first that asks for a GPU)")
    outputs.add_arguments(bench, ["json"])
    return parser


def _add_remove(commands: argparse._SubParsersAction[Parser]) -> Parser:
    """The command that takes back what apply did, less what it has in common with check and apply."""
    remove = commands.add_parser(
        "remove",
        help="take it back: what apply did, and nothing else",
        description="Takes back what apply did on every host of the inventory. Workspaces and data stay.",
    )
    remove.add_argument("--check", action="store_true", help="only say what would go")
    remove.add_argument("--containers", action="store_true", help="sandboxes go too, unless they are in use")
    remove.add_argument("--yes", action="store_true", help="do not ask first")
    return remove


def _add_hosts(parser: argparse.ArgumentParser) -> None:
    """The options by which every command that touches hosts is told which."""
    parser.add_argument("--inventory", metavar="F", help="a file, @local or host names (default: inventory.py)")
    parser.add_argument(
        "--limit",
        metavar="X",
        nargs="+",
        action="extend",
        default=[],
        help="only these groups, hosts or patterns (several: also with commas)",
    )
