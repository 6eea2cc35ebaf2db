"""Imports what deploy.py imports while hosts are being connected to, when there is nothing else to do."""

from __future__ import annotations

import ast
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

import gevent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def preload(deploy: Path) -> None:
    """Import the modules that a deploy imports at its top, one after another, letting others work in between.

    Args:
        deploy: its path. What is wrong with it is left for whoever runs it to say.
    """
    with suppress(OSError, SyntaxError, ValueError):
        for name in imports(deploy.read_text(encoding="utf-8")):
            gevent.sleep(0)
            with suppress(Exception):
                import_module(name)


def imports(source: str) -> Iterator[str]:
    """The modules that a program imports at its top, in order.

    Args:
        source: its text.

    Raises:
        SyntaxError: it is no program.
    """
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            yield statement.module
