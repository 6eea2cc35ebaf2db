"""`python -m benchmarks side-by-side|simulated`: prints a table, and with --json FILE writes the figures."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from benchmarks import side_by_side, simulated
from gpufleet.run.revision import revision


def main() -> int:
    """Run one benchmark; 1 when a run changed something or hosts cost more the more there are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", choices=["side-by-side", "simulated"])
    parser.add_argument("--runs", type=int, default=7, metavar="N", help="of each program (default: 7)")
    parser.add_argument("--hosts", type=int, default=8, metavar="N", help="how many are many (default: 8)")
    parser.add_argument("--only", default="", metavar="WORD", help="programs with WORD in their names, as gpufleet")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    measure = _side_by_side if options.what == "side-by-side" else _simulated
    try:
        figures = measure(options)
    except (side_by_side.ChangedError, simulated.NotLinearError) as error:
        sys.stderr.write(f"benchmarks: {error}\n")
        return 1
    if options.json:
        about = {"revision": revision(Path(__file__).parent), "cores": os.cpu_count(), options.what: figures}
        options.json.write_text(f"{json.dumps(about, indent=2)}\n", encoding="utf-8")
    return 0


def _side_by_side(options: argparse.Namespace) -> object:
    rows = side_by_side.compare(options.runs, options.hosts, options.only)
    sys.stdout.write(f"{side_by_side.table(rows)}\n")
    return side_by_side.document(rows)


def _simulated(_: argparse.Namespace) -> object:
    rows = simulated.simulated()
    sys.stdout.write(f"{simulated.table(rows)}\n")
    growth = simulated.insist_on_linear(rows)
    sys.stdout.write(f"a host among the last costs {', '.join(f'{v:.2f} times the {k}' for k, v in growth.items())}\n")
    return rows


if __name__ == "__main__":
    sys.exit(main())
