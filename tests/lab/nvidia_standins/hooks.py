"""Stand-ins for `nvidia-cdi-hook`, `nvidia-container-runtime-hook` and `nvidia-container-cli`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import cdi, driver, runtime
from .go_json import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_NEEDED = frozenset(
    {"update-ldcache", "enable-cuda-compat", "disable-device-node-modification", "update-application-profile", "noop"}
)
"""What the simulated driver has no use for: it has no library that a program could load, and no device node."""


def cdi_hook(arguments: Sequence[str], version: str) -> int:
    """`nvidia-cdi-hook NAME …`: run by runc in the container's namespaces, before its root is in place."""
    name, *left = arguments or ["--help"]
    if name in ("--version", "-v"):
        print(f"NVIDIA CDI Hook version {version}\nlab stand-in, not NVIDIA's program")
    elif name == "create-symlinks":
        root = _root(_state())
        for link in _links(left):
            target, _, path = link.partition("::")
            _symlink(target, Path(root + path))
    elif name not in NOT_NEEDED:
        print(f"nvidia-cdi-hook (lab stand-in): unsupported CDI hook {name}", file=sys.stderr)
        return 1
    return 0


def runtime_hook(arguments: Sequence[str]) -> int:
    """`nvidia-container-runtime-hook prestart`: what dockerd before 29.2 runs for `--gpus`."""
    if arguments[-1:] != ["prestart"]:
        return 0
    state = _state()
    names = runtime.requested(_bundle(state))
    if names is None:
        return 0
    words = ["nvidia-container-cli", "configure", f"--device={','.join(names)}", f"--pid={state['pid']}", _root(state)]
    try:
        return subprocess.run(words, check=False).returncode
    except FileNotFoundError:
        print("couldn't find binary nvidia-container-cli in $PATH or [/usr/local/sbin /usr/sbin]", file=sys.stderr)
        return 1


def container_cli(arguments: Sequence[str], version: str) -> int:
    """`nvidia-container-cli configure --device=… --pid=… ROOT`: bring the driver into a new container."""
    if "configure" not in arguments:
        print(f"cli-version: {version}\nlib-version: {version}\nlab stand-in, not NVIDIA's program")
        return 0
    values = dict(word.lstrip("-").split("=", 1) for word in arguments if word.startswith("--") and "=" in word)
    try:
        edits = runtime.edits(values["device"].split(","), cdi.FOLDERS)
    except (driver.NvmlError, cdi.UnresolvableError) as error:
        print(f"nvidia-container-cli: initialization error: {error}", file=sys.stderr)
        return 1
    for mount in (mount for edit in edits for mount in edit.get("mounts", [])):
        _bind(values["pid"], mount["hostPath"], arguments[-1] + mount["containerPath"])
    return 0


def _bind(pid: str, source: str, target: str) -> None:
    script = 'mkdir -p "${2%/*}" && : >>"$2" && mount --bind "$1" "$2" && mount -o remount,bind,ro "$2"'
    subprocess.run(["nsenter", f"--mount=/proc/{pid}/ns/mnt", "sh", "-c", script, "-", source, target], check=True)


def _state() -> dict[str, Any]:
    """The container's state, which runc gives every hook on standard input."""
    state: dict[str, Any] = decode(sys.stdin.buffer.read(), exact=True)
    return state


def _bundle(state: dict[str, Any]) -> dict[str, Any]:
    bundle: dict[str, Any] = decode(Path(state["bundle"], "config.json").read_bytes(), exact=True)
    return bundle


def _root(state: dict[str, Any]) -> str:
    return str(Path(state["bundle"], _bundle(state)["root"]["path"]))


def _links(arguments: Sequence[str]) -> list[str]:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return [following for word, following in pairs if word == "--link"] + [
        word.partition("=")[2] for word in arguments if word.startswith("--link=")
    ]


def _symlink(target: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        path.unlink()
    if not path.exists():
        path.symlink_to(target)
