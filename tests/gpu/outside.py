"""The image's own Python outside of any container: the same files, run by the host's kernel and nothing between.

Another interpreter with other packages would be another program, and a server needs neither numpy nor a compiler of
CUDA's for this. The image's files are copied out of it, and started by their own loader, which takes their C library;
the driver's libraries are the host's, as the host's own cache of libraries names them.
"""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gpu.host import Host

FOLDER = "/var/lib/gpufleet-trial"
COPY = """\
set -e
rm -rf {folder} && mkdir -p -m 755 {folder}/files
id=$(docker create --label gpufleet.trial=yes {image} true)
trap 'docker rm $id >/dev/null' EXIT
docker export $id | tar -x -C {folder}/files --exclude='dev/*' --no-same-owner
"""
LAYOUT = """\
import os, platform, sys
machine = platform.machine()
loader = {"x86_64": "/lib64/ld-linux-x86-64.so.2", "aarch64": "/lib/ld-linux-aarch64.so.1"}[machine]
print(sys.executable, os.path.realpath(sys.executable), sys.base_prefix, loader, f"{machine}-linux-gnu")
"""
LAUNCHER = """\
#!/bin/sh
# The image's Python, run outside of a container by its own loader.
PYTHONHOME={root}{prefix} PYTHONDONTWRITEBYTECODE=1
export PYTHONHOME PYTHONDONTWRITEBYTECODE
unset PYTHONPATH LD_LIBRARY_PATH LD_PRELOAD
exec {root}{loader} --argv0 "$0" --library-path {root}/usr/lib/{triplet}:{root}/usr/lib {root}{program} "$@"
"""
"""Stands in the place of the virtual environment's interpreter, whose packages are then found as in the image."""


@contextmanager
def interpreter(host: Host, image: str, given: str | None) -> Iterator[str]:
    """Path of a Python with the image's packages on the host, outside of any container.

    Args:
        host: where; about 1.3 GB are free in /var/lib.
        image: reference of the image.
        given: an interpreter that is there already; None for the image's own, which goes away at the end.

    Raises:
        TrialError: the image's files cannot be copied, or do not run.
    """
    if given is not None:
        yield given
        return
    try:
        yield _made(host, image)
    finally:
        host.ask(f"rm -rf {FOLDER}")


def launcher(layout: str, root: str) -> tuple[str, str]:
    """The script that starts the image's Python. Pure.

    Args:
        layout: what `LAYOUT` prints inside: interpreter, program, prefix, loader and the libraries' folder.
        root: where the copy lies.

    Returns:
        Where it has to lie, and its text.
    """
    python, program, prefix, loader, triplet = layout.split()
    text = LAUNCHER.format(root=root, program=program, prefix=prefix, loader=loader, triplet=triplet)
    return f"{root}{python}", text


def _made(host: Host, image: str) -> str:
    inside = f"docker run --rm --network=none --label gpufleet.trial=yes {image} python -P -c {shlex.quote(LAYOUT)}"
    layout = host.tell(inside)
    host.tell(COPY.format(folder=FOLDER, image=image))
    path, text = launcher(layout, f"{FOLDER}/files")
    host.tell(f"rm {path} && printf %s {shlex.quote(text)} >{path} && chmod 755 {path}")
    host.tell(f"{path} -P -c 'import numpy, numba.cuda.core'")
    return path
