"""The commands that change daemon.json and load it, put together from the scripts and what was compared."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Literal, TypeAlias

from pyinfra.api import QuoteString, StringCommand

from gpufleet.dockerd.flags import without_config_file
from gpufleet.dockerd.info import observables
from gpufleet.dockerd.json_paths import merge
from gpufleet.dockerd.json_text import JsonTextError, parse_object
from gpufleet.dockerd.json_tree import Object, from_plain, render
from gpufleet.dockerd.key_memory import parse_memory, render_memory, together
from gpufleet.dockerd.rules import new_programs
from gpufleet.dockerd.staleness import runs_with
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.scripts import script
from gpufleet.masking import holds_secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.dockerd.daemon_json import Plan
    from gpufleet.dockerd.key_memory import Memory
    from gpufleet.dockerd.state import DockerState

PATIENCE = 120
"""Seconds that a start of dockerd may take; it takes about one, and longer with very many containers."""
How: TypeAlias = Literal["reload", "live-restore", "restart"]
SCRIPTS = "gpufleet.operations.scripts"


def write(docker: DockerState, planned: Plan, users_own: str = "") -> StringCommand:
    """Replace daemon.json, after dockerd has checked the new content; its content is not shown in logs.

    Args:
        docker: the host as it was compared.
        planned: what is to stand there.
        users_own: what is to be remembered from now on as what the user had there; empty where that stays as it is.
    """
    lines = [
        render(planned.desired),
        render_memory(planned.until_written),
        render_memory(planned.remembered),
        users_own,
    ]
    unknown = docker.running and docker.loaded_content is None and runs_with(docker, planned.current)
    identity = docker.running.identity if docker.running and unknown else ""
    programs = "\n".join(new_programs(planned.current, planned.desired))
    mode = "600" if holds_secret(planned.desired) and not holds_secret(planned.current) else "644"
    arguments = [_digest(docker), identity, programs, mode, *without_config_file(docker.flags)]
    return _command(("daemon-json.sh", "before.sh", "daemon-json-write.sh"), arguments, lines)


def load(docker: DockerState, content: Object, how: How) -> StringCommand:
    """Make dockerd run with its file, or with the previous one again if it does not.

    Args:
        docker: the host as it was compared.
        content: what the file holds.
        how: by a reload, by a restart, or by a restart that containers are to outlive which now would not.
    """
    shown = list(observables(content))
    template = "\n".join(item.template for item in shown) or "-"
    expected = "\n".join(item.text for item in shown) or "-"
    keys = together(_memory(docker.keys), _memory(docker.loaded_keys))
    previous = _with_live_restore(docker) if how == "live-restore" else ""
    arguments = [how, _digest(docker), template, expected, str(PATIENCE)]
    return _command(
        ("daemon-json.sh", "dockerd-load.sh"), arguments, [render_memory(keys), previous], functions="dockerd.sh"
    )


def _command(
    names: Sequence[str], arguments: Sequence[str], lines: Sequence[str], functions: str | None = None
) -> StringCommand:
    common = script(functions) if functions else ""
    text = common + "".join(script(name, SCRIPTS) for name in names)
    encoded = [base64.b64encode(line.encode()).decode() for line in lines]
    return StringCommand("sh -c", QuoteString(text), "sh", *map(QuoteString, arguments), _stdin=encoded)


def _digest(docker: DockerState) -> str:
    return hashlib.sha256(docker.file).hexdigest() if isinstance(docker.file, bytes) else "absent"


def _memory(raw: bytes | Unreadable | None) -> Memory:
    try:
        return {} if isinstance(raw, Unreadable) else parse_memory(raw)
    except JsonTextError:
        return {}


def _with_live_restore(docker: DockerState) -> str:
    """What a daemon loaded last, as far as is remembered, with live-restore on."""
    if docker.loaded_by is None or isinstance(docker.loaded, Unreadable):
        return ""
    try:
        loaded = parse_object(docker.loaded or b"")
    except JsonTextError:
        return ""
    return render(merge(loaded, {"live-restore": from_plain(value=True)}))
