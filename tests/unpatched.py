"""Keeps gevent out of the tests' own processes. Imported by each conftest.py, before anything else.

What belongs to a run has gevent patch the standard library as it is imported. pytest-xdist's workers do not outlive
that, and tests need none of it: here the patches are left out. What needs them runs in a process of its own.
"""

from __future__ import annotations

from gevent import monkey


def _unpatched(*_: object, **__: object) -> None:
    """In place of `gevent.monkey.patch_all`."""


monkey.patch_all = _unpatched
