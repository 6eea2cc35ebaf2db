"""The engine behind gpufleet: reads and changes hosts, free of any role."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - who has an older one is to read one line, not a traceback
    sys.exit(
        "gpufleet needs Python 3.11 or newer, and this is {}.{}. On Ubuntu 22.04: ".format(*sys.version_info)
        + "`sudo apt install python3.11 python3.11-venv`, then `make PYTHON=python3.11 install`, and use .venv/bin."
    )
