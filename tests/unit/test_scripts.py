"""Scripts reach hosts without their comments: nothing else of them may look like one."""

from __future__ import annotations

import re

import pytest

from tests.lab.instance import CHECKOUT

SCRIPTS = sorted(path for folder in ("gpufleet", "roles") for path in (CHECKOUT / folder).rglob("*.sh"))
HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1[^\n]*\n(.*?)^[ \t]*\2$", re.MULTILINE | re.DOTALL)
DROPPED = re.compile(r"^[ \t]*(#.*)?$", re.MULTILINE)


def lost(text: str) -> list[str]:
    """Lines of here-documents that would be dropped as comments or blank lines."""
    bodies = (found[3].removesuffix("\n") for found in HEREDOC.finditer(text))
    return [line[0] for body in bodies if body for line in DROPPED.finditer(body)]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_line_of_a_here_document_is_dropped_as_a_comment(path: object) -> None:
    assert lost(CHECKOUT.joinpath(str(path)).read_text(encoding="utf-8")) == []


def test_one_that_would_be_dropped_is_found() -> None:
    assert lost("cat <<EOF\n#clear APT::Update;\nkept\nEOF\n") == ["#clear APT::Update;"]
    assert lost("cat <<'END'\nkept\n\nEND\n") == [""]
