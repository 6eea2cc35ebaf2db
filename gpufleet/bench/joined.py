"""The program as one file, as it is sent into containers that have no copy of it.

python -m gpufleet.bench.joined | docker exec -i CONTAINER python - --json
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from importlib.resources import files

PACKAGE = "gpufleet.bench.program"
FUTURE = "from __future__ import annotations\n"


@cache
def joined() -> str:
    """The text of all modules of the program, each behind those that it takes something from.

    They come to share one namespace: no two may give a name to different things.
    """
    parts: dict[str, str] = {}
    _add("__main__", parts)
    return "\n\n".join([FUTURE, *parts.values()])


def _add(module: str, parts: dict[str, str]) -> None:
    if module in parts:
        return
    text = files(PACKAGE).joinpath(f"{module}.py").read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    for statement in ast.parse(text).body:
        if not isinstance(statement, ast.ImportFrom) or not statement.module:
            continue
        package, _, other = statement.module.rpartition(".")
        if package == PACKAGE:
            _add(other, parts)
        if package == PACKAGE or statement.module == "__future__":
            lines[statement.lineno - 1 : statement.end_lineno] = [""] * _length(statement)
    parts[module] = "".join(lines)


def _length(statement: ast.stmt) -> int:
    return (statement.end_lineno or statement.lineno) - statement.lineno + 1


if __name__ == "__main__":
    sys.stdout.write(joined())
