"""A host's containerd as data, for the tests of its configuration."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from gpufleet.containerd.drop_in import Wish, drop_in
from gpufleet.containerd.state import ContainerdState, Process
from gpufleet.facts.containerd import ContainerdRuntime

RECORDED = json.loads((Path(__file__).parent / "data/nvidia_ctk/runtime-configure-containerd.json").read_text())
PROGRAM = "/usr/bin/nvidia-container-runtime"
DEBIAN = b"""version = 2

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/lib/cni"
"""
DOCKER = b'# Docker\ndisabled_plugins = ["cri"]\n'
V2, V3 = "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime"
TRIED = "/tried.toml"


def entry() -> dict[str, object]:
    """The runtime, as nvidia-ctk was recorded to describe it."""
    said = RECORDED["cases"][0]["stdout"].splitlines()
    found = ContainerdRuntime().process(said)
    assert isinstance(found, dict)
    return found


WISH = Wish(entry(), cdi=True, default=False)
DUMP = drop_in(WISH, "2.1.9", b"version = 3", {}).encode()
WITHOUT = b"version = 3\n"


def host(**changes: object) -> ContainerdState:
    """One with Debian's containerd 1.7, which has read its files, less these changes."""
    process = Process("boot 7 100", started=1000.0, command="/usr/bin/containerd ")
    state = ContainerdState(version="1.7.24", file=DEBIAN, dump=WITHOUT, changed=900.0, running=process)
    return replace(state, **changes)  # type: ignore[arg-type]
