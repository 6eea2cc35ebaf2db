"""What has to happen before pyinfra is imported: gevent's patches, made quickly.

pyinfra waits for all hosts at the same time by means of gevent, which has to patch the standard library before anything
opens a socket: importing this module does that, as importing the pyinfra command does.
"""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from importlib import metadata
from importlib.util import LazyLoader, find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


YOUNG = 50_000
"""So many new objects before Python looks for garbage among them: by itself it does so at 700, again and again while
roles are imported (0.06 s, Python 3.11)."""


@contextmanager
def quick_imports() -> Iterator[None]:
    """Import much in little time.

    gevent looks for plugins once per module that it patches, each time through every installed package: 0.15 s in all.
    And what is imported stays, so looking for garbage in it is in vain (0.04 s; both measured with Python 3.11).
    """
    looked_up = metadata.entry_points
    every: Any = looked_up()
    metadata.entry_points = lambda **wanted: every.select(**wanted) if wanted else every
    gc.disable()
    try:
        yield
    finally:
        metadata.entry_points = looked_up
        gc.freeze()
        gc.set_threshold(YOUNG)
        gc.enable()


def lazily(name: str) -> None:
    """Have a module that others import loaded only when somebody looks into it.

    Args:
        name: of the module.
    """
    spec = None if name in sys.modules else find_spec(name)
    if spec is not None and spec.loader is not None:
        spec.loader = loader = LazyLoader(spec.loader)
        sys.modules[name] = module = module_from_spec(spec)
        loader.exec_module(module)


lazily("invoke")  # paramiko needs it only where ~/.ssh/config holds `Match exec`, and it takes 0.03 s
with quick_imports():
    from gevent import monkey

    monkey.patch_all()

    import pyinfra_cli.inventory
    import pyinfra_cli.util  # noqa: F401 - with all that the run needs of pyinfra
