"""Writes down what a real host answers to a check, for simulated hosts to answer.

`python -m benchmarks.record INVENTORY FILE` checks the one host of an inventory, which must be in sync.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.recording import recorded
from gpufleet.run import connect, fleet
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from pyinfra.api import Host

    from gpufleet.run.batch import Answer


def record(inventory: str) -> dict[str, Any]:
    """Check the host.

    Args:
        inventory: path of an inventory.py with one host.

    Returns:
        Its settings, who connects to it, and its answers by the texts of the questions.

    Raises:
        SystemExit: it is not in sync.
    """
    loaded = connect.load(inventory, checkout=CHECKOUT)
    (host,) = loaded.hosts.values()
    heard = _listen(host)
    report = fleet.run("check", loaded, CHECKOUT / "deploy.py", fleet.Told(inventory))
    connect.disconnect(loaded)
    if report.exit_code:
        raise SystemExit(f"the host to be recorded is not in sync: {report.hosts}")
    settings = {key: value for key, value in host.data.dict().items() if not key.startswith("ssh_")}
    answers = {text: asdict(answer) for text, answer in heard.items()}
    return {"user": host.data.ssh_user, "settings": settings, "answers": answers}


def _listen(host: Host) -> dict[str, Answer]:
    heard: dict[str, Answer] = {}
    send = host.connector.run_shell_command

    def listening(*positional: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on
        done = send(*positional, **named)
        heard.update(recorded("".join(named["_stdin"]), list(done[1].stdout_lines)))
        return done

    host.connector.run_shell_command = listening  # type: ignore[method-assign]
    return heard


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(record(sys.argv[1])), encoding="utf-8")
