"""The command line."""

from __future__ import annotations

import argparse
import json
import sys
from typing import NoReturn

from gpufleet.bench.program.answer import answer, give_up_after, given_up_after
from gpufleet.bench.program.table import lines

USAGE = 64
"""Exit code."""


class Arguments(argparse.ArgumentParser):
    """A parser whose mistakes end with 64, because 2 says something about a GPU."""

    def error(self, message: str) -> NoReturn:
        """Print usage and message, and exit."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: error: {message}\n")


def main() -> int:
    """Measure and print; its exit code."""
    parser = Arguments(prog="gpufleet.bench.program", description="Measure every GPU that is visible here with Numba.")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    asked = parser.parse_args()
    give_up_after(given_up_after(gpus=1))  # until it is known how many there are
    found = answer()
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if asked.json else "\n".join(lines(found)) + "\n")
    code: int = found["exit_code"]
    return code


if __name__ == "__main__":
    sys.exit(main())
