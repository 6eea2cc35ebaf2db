"""Stand-in for `nvidia-container-runtime`: edits the bundle that is to be created, then becomes runc.

As with the real one in its default mode, NVIDIA_VISIBLE_DEVICES in the environment of the container's process decides:
unset, empty or `void` changes nothing; `all`, numbers and UUIDs are resolved against the driver at that moment
(jit-cdi), fully-qualified names (nvidia.com/gpu=0) against the CDI files; `none` brings the driver without a GPU.
"""

from __future__ import annotations

import os
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import cdi, config, driver, spec
from .go_json import GoJsonError, decode, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

VARIABLE = "NVIDIA_VISIBLE_DEVICES"
NOTHING = ("", "void")


def main(arguments: Sequence[str]) -> int:
    """Do it; returns only when something is wrong."""
    try:
        settings = _settings()
        if "create" in arguments:
            _edit(Path(_bundle(arguments), "config.json"), settings)
        runtime = _low_level_runtime(settings)
    except (driver.NvmlError, cdi.UnresolvableError, GoJsonError, OSError) as error:
        _complain(arguments, f"failed to create NVIDIA Container Runtime: {error}")
        return 1
    os.execv(runtime, [runtime, *arguments])  # noqa: S606 - what a runtime wrapper is for
    return 1


def requested(bundle: dict[str, Any]) -> list[str] | None:
    """The devices that a container asks for; None when it does not ask."""
    for assignment in bundle.get("process", {}).get("env") or []:
        name, _, value = assignment.partition("=")
        if name == VARIABLE:
            return None if value in NOTHING else value.split(",")
    return None


def edits(names: Sequence[str], folders: Sequence[str], root: Path = Path("/")) -> list[dict[str, Any]]:
    """The container edits for a request.

    Args:
        names: `all`, `none`, numbers, UUIDs, or names as in CDI files.
        folders: where CDI files lie.
        root: below which the driver is looked for.

    Raises:
        NvmlError: the driver is not there.
        UnresolvableError: a device is not known.
    """
    if all("/" in name for name in names):
        return cdi.edits(cdi.found(folders)[0], list(names))
    made = spec.generate(driver.installed(root))
    if list(names) == ["none"]:
        return [made["containerEdits"]]
    qualified = [name if "/" in name else f"{spec.KIND}={name}" for name in names]
    return cdi.edits([made], qualified)


def _edit(path: Path, settings: str) -> None:
    bundle = decode(path.read_bytes(), exact=True)
    names = requested(bundle)
    if names is None:
        return
    if config.setting(settings, "nvidia-container-runtime", "mode") == '"legacy"':
        _add_hook(bundle)
    else:
        folders = _words(config.setting(settings, "nvidia-container-runtime.modes.cdi", "spec-dirs"))
        cdi.apply(bundle, edits(names, folders))
    path.write_text(encode(bundle, ""), encoding="utf-8")


def _add_hook(bundle: dict[str, Any]) -> None:
    hook = {"path": "/usr/bin/nvidia-container-runtime-hook", "args": ["nvidia-container-runtime-hook", "prestart"]}
    bundle.setdefault("hooks", {}).setdefault("prestart", []).append(hook)


def _settings() -> str:
    try:
        return Path(config.PATH).read_text(encoding="utf-8")
    except FileNotFoundError:
        return config.DEFAULT


def _words(value: str) -> list[str]:
    return [word.strip().strip('"') for word in value.strip("[]").split(",") if word.strip()]


def _bundle(arguments: Sequence[str]) -> str:
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if word in ("--bundle", "-b", "-bundle"):
            return following
        if word.startswith(("--bundle=", "-b=", "-bundle=")):
            return word.partition("=")[2]
    return str(Path.cwd())


def _low_level_runtime(settings: str) -> str:
    names = _words(config.setting(settings, "nvidia-container-runtime", "runtimes")) or ["runc", "crun"]
    for name in names:
        for folder in (os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/usr/bin:/sbin").split(":"):
            path = Path(folder, name)
            if folder and os.access(path, os.X_OK):
                return str(path)
    raise FileNotFoundError(f"no runtime binary found from candidate list: {names}")


def _complain(arguments: Sequence[str], message: str) -> None:
    """On standard error, and in the log that containerd reads the reason from."""
    print(message, file=sys.stderr)
    for word, following in pairwise(arguments):
        if word == "--log":
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            with Path(following).open("a", encoding="utf-8") as file:
                file.write(encode({"level": "error", "msg": message, "time": now}, "").replace("\n", "") + "\n")
