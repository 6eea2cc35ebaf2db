"""The files for VS Code in a workspace: made for its user, renewed, and left alone once they are somebody's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gpufleet.offered import offered
from tests.integration.sandboxes import Sandboxes

if TYPE_CHECKING:
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

EXTENSIONS, SETTINGS = (f"Offer .vscode/{name}.json in the workspace of py" for name in ("extensions", "settings"))
FOLDER = "/home/ops/py/.vscode"


def test_a_workspace_offers_files_for_an_editor_until_they_are_edited(lab: Lab, converged: LabHost) -> None:
    sandboxes, host = Sandboxes(lab, converged), converged
    declared = {"py": {"vscode": True, "user": "1234:1234"}}
    changed = sandboxes.apply_well({"py": {"user": "1234:1234"}})
    assert EXTENSIONS not in changed, "on request only"
    before = sandboxes.identity("py")
    assert {EXTENSIONS, SETTINGS} <= set(sandboxes.apply_well(declared))
    assert sandboxes.identity("py") == before, "the sandbox is the same"
    assert host.ssh(f"stat -c '%u:%g %a' {FOLDER} {FOLDER}/*").stdout == "1234:1234 755\n" + "1234:1234 644\n" * 2
    text = host.ssh(f"cat {FOLDER}/extensions.json").stdout
    assert "charliermarsh.ruff" in json.loads(text.split("\n", 1)[1])["recommendations"]
    assert sandboxes.apply_well(declared) == []

    host.ssh(f"echo '{{}}' >{FOLDER}/settings.json")
    host.ssh(f"cat >{FOLDER}/extensions.json", stdin=offered("{}\n"))
    renewed = sandboxes.apply_well(declared)
    assert EXTENSIONS in renewed, "an earlier one is replaced"
    assert SETTINGS not in renewed, "one that was edited is not"
    assert host.ssh(f"cat {FOLDER}/settings.json {FOLDER}/extensions.json").stdout == f"{{}}\n{text}"


CLOSED = {
    "mkdir {0}": "user 1234 cannot write to {0}, which is user 0's",
    "mkdir /etc/other && ln -s /etc/other {0}": "user 1234 cannot write to {0}, which is user 0's",
    "ln -s /app/elsewhere {0}": "{0} is a symbolic link",
    "echo mine >{0}": "{0} is a regular file",
}
"""What lies in the files' way, and what a person is told."""


def test_where_its_user_cannot_write_nothing_is_offered_and_the_host_goes_on(lab: Lab, converged: LabHost) -> None:
    sandboxes, host = Sandboxes(lab, converged), converged
    declared = {"py": {"vscode": True, "user": "1234:1234"}}
    sandboxes.apply_well({"py": {"user": "1234:1234"}})
    for made, why in CLOSED.items():
        host.ssh(f"rm -rf {FOLDER}; {made.format(FOLDER)}")
        applied = sandboxes.apply(declared)
        assert applied.code == 0, applied.output
        assert not {EXTENSIONS, SETTINGS} & set(applied.changed)
        assert f"notice: Nothing is offered in {FOLDER}: {why.format(FOLDER)}." in applied.words
    assert host.ssh("ls /etc/other").stdout == ""
    host.ssh(f"rm {FOLDER}; mkdir {FOLDER}; chown 1234:1234 {FOLDER}")
    assert {EXTENSIONS, SETTINGS} <= set(sandboxes.apply_well(declared))
