"""Stand-in for `nvidia-ctk`: `runtime configure`, `cdi generate`, `cdi list`, `config`, `--version`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from . import cdi, config, containerd, driver, spec, yaml_text
from .configure import ConfigureError, GoPanicError, Wish, configured, load
from .flags import Flags, UsageError, read
from .go_json import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

GLOBAL_SWITCHES = ("debug", "quiet")
FAILED, CRASHED = 1, 2
CONFIGURE_FLAGS = frozenset({"runtime", "config", "nvidia-runtime-name", "nvidia-runtime-path", "runtime-path"})
CONFIGURE_SWITCHES = frozenset(
    {"dry-run", "set-as-default", "nvidia-set-as-default", "cdi.enabled", "cdi.enable", "enable-cdi"}
)
GENERATE_FLAGS = frozenset({"output", "format", "mode", "device-name-strategy"})
"""The flags that do something here; another is refused, so that nobody takes it for heard."""


class Log:
    """What the program says on standard error, as logrus writes it where that is no terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet

    def info(self, message: str) -> None:
        """Say what happened, unless --quiet was given."""
        if not self.quiet:
            log("info", message)


def log(level: str, message: str) -> None:
    """Write one line."""
    quoted = message.replace("\\", "\\\\").replace('"', '\\"')
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(f'time="{now}" level={level} msg="{quoted}"', file=sys.stderr)


def main(arguments: Sequence[str], version: str) -> int:
    """Run one command; return its exit status."""
    left = list(arguments)
    quiet = os.environ.get("NVIDIA_CTK_QUIET", "").lower() in ("1", "true")
    while left and left[0].lstrip("-").partition("=")[0] in GLOBAL_SWITCHES:
        quiet = left.pop(0).lstrip("-") == "quiet" or quiet
    if left[:1] in (["--version"], ["-v"]):
        print(f"NVIDIA Container Toolkit CLI version {version}\nlab stand-in, not NVIDIA's program")
        return 0
    names = [name for name in COMMANDS if left[: len(name)] == list(name)]
    if not names:
        print(f"nvidia-ctk (lab stand-in): commands are {', '.join(' '.join(name) for name in COMMANDS)}")
        return 0 if not left or left[0] in ("help", "--help", "-h") else 3
    return _guarded(COMMANDS[names[0]], left[len(names[0]) :], Log(quiet=quiet))


def _guarded(command: Callable[[Sequence[str], Log], int], arguments: Sequence[str], say: Log) -> int:
    try:
        return command(arguments, say)
    except GoPanicError as crash:
        print(f"panic: {crash}\n\ngoroutine 1 [running]:", file=sys.stderr)
        return CRASHED
    except (ConfigureError, UsageError, driver.NvmlError, config.ConfigError, OSError) as error:
        log("error", str(error))
        return FAILED


def _runtime_configure(arguments: Sequence[str], say: Log) -> int:
    flags = read(arguments, CONFIGURE_FLAGS, CONFIGURE_SWITCHES)
    runtime = flags.value("runtime", default="docker")
    if runtime == "containerd":
        return _containerd(flags)
    if runtime != "docker":
        raise ConfigureError(
            "the lab's stand-in knows no crio" if runtime == "crio" else f"unrecognized runtime '{runtime}'"
        )
    path = flags.value("config", default="/etc/docker/daemon.json")
    if not Path(path).exists():
        say.info("Config file does not exist; using empty config")
    wish = Wish(
        name=flags.value("nvidia-runtime-name", default="nvidia"),
        path=flags.value("nvidia-runtime-path", "runtime-path", default="nvidia-container-runtime"),
        default=flags.on("set-as-default", "nvidia-set-as-default"),
        cdi=flags.on("cdi.enabled", "cdi.enable", "enable-cdi"),
    )
    text = encode(configured(load(_content(path)), wish))
    if flags.on("dry-run"):
        print(text)
        return 0
    _write_in_place(path, text)
    say.info(f"Wrote updated config to {path}")
    say.info("It is recommended that docker daemon be restarted.")
    return 0


def _containerd(flags: Flags) -> int:
    if not flags.on("dry-run") or Path(flags.value("config", default=containerd.CONFIG)).exists():
        raise ConfigureError("the lab's stand-in only says what it would write for containerd where nothing is yet")
    cdi_on, default = flags.on("cdi.enabled", "cdi.enable", "enable-cdi"), flags.on("set-as-default")
    print(containerd.both(cdi_on=cdi_on, default=default))
    return 0


def _cdi_generate(arguments: Sequence[str], say: Log) -> int:
    flags = read(arguments, GENERATE_FLAGS, ())
    path = flags.value("output", default=os.environ.get("NVIDIA_CTK_CDI_OUTPUT_FILE_PATH", ""))
    mode = flags.value("mode", default="auto")
    if mode not in ("auto", "nvml"):
        raise ConfigureError(f"the lab's stand-in knows the modes auto and nvml only, not {mode}")
    strategies = tuple(flags.values.get("device-name-strategy", spec.STRATEGIES))
    if unknown := set(strategies) - set(spec.STRATEGIES):
        raise ConfigureError(f"invalid device name strategy: {min(unknown)}")
    made = spec.generate(driver.installed(), strategies)
    as_json = flags.value("format", default="json" if path.endswith(".json") else "yaml") == "json"
    text = encode(made, "  ") + "\n" if as_json else yaml_text.dump(made)
    if path in ("", "-"):
        sys.stdout.write(text)
        return 0
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    _write_in_place(path, text)
    say.info(f"Generated CDI spec with version {made['cdiVersion']}")
    return 0


def _cdi_list(arguments: Sequence[str], say: Log) -> int:
    flags = read(arguments, ("spec-dir",), ())
    specs, problems = cdi.found(flags.values.get("spec-dir", list(cdi.FOLDERS)))
    for problem in problems:
        log("warning", problem)
    names = sorted(cdi.devices(specs))
    say.info(f"Found {len(names)} CDI devices")
    for name in names:
        print(name)
    return 0


def _config(arguments: Sequence[str], _: Log) -> int:
    flags = read(arguments, ("config-file", "config", "set", "output", "o"), ("in-place", "i"))
    default = os.environ.get("NVIDIA_CTK_CONFIG_FILE_PATH", config.PATH)
    path = flags.value("config-file", "config", default=default)
    found = _content(path)
    text = config.changed(found.decode() if found else config.DEFAULT, flags.values.get("set", []))
    output = path if flags.on("in-place", "i") else flags.value("output", "o")
    if not output:
        sys.stdout.write(text)
        return 0
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    _write_in_place(output, text)
    return 0


def _content(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        return None


def _write_in_place(path: str, text: str) -> None:
    """As the real one does: the old content is gone before the new one is there."""
    Path(path).write_text(text, encoding="utf-8")
    Path(path).chmod(0o644)


COMMANDS: dict[tuple[str, ...], Callable[[Sequence[str], Log], int]] = {
    ("runtime", "configure"): _runtime_configure,
    ("cdi", "generate"): _cdi_generate,
    ("cdi", "list"): _cdi_list,
    ("config",): _config,
}
