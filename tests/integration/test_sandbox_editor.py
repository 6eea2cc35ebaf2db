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

    host.ssh(f"rm -r {FOLDER}; mkdir /etc/other; ln -s /etc/other {FOLDER}")
    refused = sandboxes.apply(declared)
    assert refused.code != 0
    assert "Permission denied" in refused.output
    assert host.ssh("ls /etc/other").stdout == "", "it is written with its user's rights"
