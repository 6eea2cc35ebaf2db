"""A trial on a server with a real GPU: from a bare host to a verified one, and every claim about GPUs tried there.

`python -m tests.gpu --help`; docs/gpu.md says what is run and what came out.
"""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
