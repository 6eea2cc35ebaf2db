"""What `nvidia-ctk runtime configure --runtime=docker` makes of a daemon.json, as 1.20.0 was recorded to do it."""

from __future__ import annotations

from typing import Any, NamedTuple

from .go_json import GoJsonError, decode

GO_TYPES = {list: "array", str: "string", float: "number", bool: "bool"}


class ConfigureError(ValueError):
    """The tool gives up with this line and exit status 1."""


class GoPanicError(RuntimeError):
    """The tool crashes, exit status 2."""


class Wish(NamedTuple):
    """What the flags ask for.

    Attributes:
        name: the runtime's name.
        path: its program.
        default: make it the default runtime.
        cdi: switch features.cdi on.
    """

    name: str = "nvidia"
    path: str = "nvidia-container-runtime"
    default: bool = False
    cdi: bool = False


def load(text: bytes | None) -> dict[str, Any]:
    """The configuration that stands in a file; {} where there is none.

    Raises:
        ConfigureError: it is no JSON object.
        GoPanicError: it is `null`: the tool goes on with a nil map, and falls over it.
    """
    try:
        found = {} if text is None else decode(text)
    except GoJsonError as error:
        raise ConfigureError(f"unable to load config for runtime docker: {error}") from None
    if found is None:
        raise GoPanicError("assignment to entry in nil map")
    if not isinstance(found, dict):
        reason = f"json: cannot unmarshal {GO_TYPES[type(found)]} into Go value of type docker.Config"
        raise ConfigureError(f"unable to load config for runtime docker: {reason}")
    return found


def configured(found: dict[str, Any], wish: Wish) -> dict[str, Any]:
    """The configuration with the runtime in it.

    As the real one: an entry of that name is replaced, a default runtime is never taken away, and all other features
    are lost when CDI is switched on.

    Raises:
        GoPanicError: `runtimes` holds no object.
    """
    runtimes = found.get("runtimes", {})
    if not isinstance(runtimes, dict):
        raise GoPanicError("interface conversion: interface {} is not map[string]interface {}")
    made = {**found, "runtimes": {**runtimes, wish.name: {"args": [], "path": wish.path}}}
    if wish.default:
        made["default-runtime"] = wish.name
    if wish.cdi:
        made["features"] = {"cdi": True}
    return made
