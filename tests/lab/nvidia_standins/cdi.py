"""CDI files on disk, and what a device's edits make of a container (container-device-interface, SPEC.md)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .go_json import GoJsonError, decode
from .yaml_text import YamlError, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FOLDERS = ("/etc/cdi", "/var/run/cdi")
"""The later one wins where both name a device."""


class UnresolvableError(LookupError):
    """A device that no specification names."""


def found(folders: Iterable[str] = FOLDERS) -> tuple[list[dict[str, Any]], list[str]]:
    """The specifications in these folders, lowest priority first, and a sentence per file that can't be read."""
    specs, problems = [], []
    for folder in folders:
        for path in sorted([*Path(folder).glob("*.json"), *Path(folder).glob("*.yaml")]):
            try:
                specs.append(_read(path))
            except (GoJsonError, YamlError, OSError, UnicodeDecodeError) as error:
                problems.append(f"failed to parse CDI Spec {path}: {error}")
    return specs, problems


def _read(path: Path) -> dict[str, Any]:
    text = path.read_bytes()
    read = decode(text, exact=True) if path.suffix == ".json" else load(text.decode())
    if not isinstance(read, dict) or "kind" not in read:
        raise YamlError("no CDI specification")
    return read


def devices(specs: Iterable[dict[str, Any]]) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Every device by its qualified name: its specification and its own part of it."""
    return {
        f"{spec['kind']}={device['name']}": (spec, device) for spec in specs for device in spec.get("devices") or []
    }


def edits(specs: Sequence[dict[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """The container edits of these devices, each specification's own ones once.

    Raises:
        UnresolvableError: a device is in none of them.
    """
    known = devices(specs)
    missing = [name for name in names if name not in known]
    if missing:
        raise UnresolvableError(f"unresolvable CDI devices {', '.join(missing)}")
    wanted, owners = [], []
    for name in names:
        spec, device = known[name]
        if spec not in owners:
            owners.append(spec)
            wanted.append(spec.get("containerEdits") or {})
        wanted.append(device.get("containerEdits") or {})
    return wanted


def apply(bundle: dict[str, Any], wanted: Iterable[dict[str, Any]]) -> None:
    """Put edits into an OCI configuration: environment, mounts, hooks, device nodes."""
    for edit in wanted:
        for assignment in edit.get("env") or []:
            _set(bundle["process"].setdefault("env", []), assignment)
        for mount in edit.get("mounts") or []:
            _mount(bundle.setdefault("mounts", []), mount)
        for hook in edit.get("hooks") or []:
            entry = {key: hook[key] for key in ("path", "args", "env") if key in hook}
            bundle.setdefault("hooks", {}).setdefault(hook["hookName"], []).append(entry)
        for node in edit.get("deviceNodes") or []:
            _device(bundle.setdefault("linux", {}), node)


def _set(environment: list[str], assignment: str) -> None:
    name = assignment.partition("=")[0]
    environment[:] = [other for other in environment if other.partition("=")[0] != name]
    environment.append(assignment)


def _mount(mounts: list[dict[str, Any]], wanted: dict[str, Any]) -> None:
    target = wanted["containerPath"]
    mounts[:] = [mount for mount in mounts if mount["destination"] != target]
    options = wanted.get("options") or []
    mounts.append({"destination": target, "source": wanted["hostPath"], "type": "bind", "options": options})


def _device(linux: dict[str, Any], node: dict[str, Any]) -> None:
    """Only nodes whose numbers are written down: the simulated driver has none, hand-written files may."""
    numbers = {"major": node.get("major", 0), "minor": node.get("minor", 0)}
    linux.setdefault("devices", []).append({"path": node["path"], "type": node.get("type", "c"), **numbers})
    rule = {"allow": True, "type": node.get("type", "c"), **numbers, "access": node.get("permissions", "rwm")}
    linux.setdefault("resources", {}).setdefault("devices", []).append(rule)
