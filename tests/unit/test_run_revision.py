"""The revision that reports and stamps name is that of the checkout, wherever the command was called."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from gpufleet.run.revision import revision

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

AUTHOR = ("-c", "user.name=n", "-c", "user.email=e@example.com")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", folder, *AUTHOR, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def repository(folder: Path) -> str:
    """Make one with a commit; the commit."""
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "deploy.py").write_text(f"# {folder.name}\n")
    git(folder, "add", "deploy.py")
    git(folder, "commit", "-q", "-m", folder.name)
    return git(folder, "rev-parse", "--short", "HEAD")


def test_it_is_that_of_the_checkout_and_not_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout, elsewhere = repository(tmp_path / "checkout"), repository(tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert revision(tmp_path / "checkout") == checkout != elsewhere


def test_a_checkout_with_edits_is_dirty(tmp_path: Path) -> None:
    commit = repository(tmp_path / "checkout")
    (tmp_path / "checkout" / "deploy.py").write_text("# edited\n")
    assert revision(tmp_path / "checkout") == f"{commit}-dirty"


def test_a_folder_outside_of_git_has_none(tmp_path: Path) -> None:
    assert revision(tmp_path) is None


def test_nor_has_one_where_there_is_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(tmp_path / "checkout")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert revision(tmp_path / "checkout") is None
