"""/etc/wsl.conf: what WSL reads in it, and edits that leave everything else as it is."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from gpufleet.platform.wsl_conf import is_on, value_of, with_value, without
from roles.platform.wsl_boot import SCRIPT, given_back, wanted, with_ours, without_ours

if TYPE_CHECKING:
    from pathlib import Path

USERS = """\
# mine, do not touch
[automount]
enabled = true
options = "metadata,umask=22"   # for git

  [Boot]
Command = "mount /dev/sdd /data # data" # before Docker
junk line
[network]
hostname=box
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[boot]\nsystemd=true\n", "true"),
        ("[BOOT]\n SystemD = true # yes\r\n", "true"),
        ("[boot] # start\nsystemd=true", "true"),
        ("[boot]\nsystemd=false\nsystemd=true\n", "false"),
        ('[boot]\nsystemd="tr\\\nue"\n', "true"),
        ("[boot]\nsystemd=tr\\\nue\n", "true"),
        ("systemd=true\n", None),
        ("[boot x]\nsystemd=true\n", None),
        ("[boot]\n[user]\nsystemd=true\n", None),
        ("[boot]\n#systemd=true\n", None),
        ('[boot]\nsystemd="true\n', None),
        ("[boot]\nsystemd=\\x\n", None),
        ("", None),
    ],
)
def test_a_value_is_what_wsl_reads(text: str, value: str | None) -> None:
    assert value_of(text, "boot", "systemd") == value


def test_quotes_escapes_and_comments_are_read_as_wsl_does() -> None:
    assert value_of(USERS, "boot", "command") == "mount /dev/sdd /data # data"
    assert value_of('[a]\nb = x\\ty \\"z\\" "#1" # c\n', "a", "b") == 'x\ty "z" #1'
    assert is_on("[boot]\nsystemd=1\n", "boot", "systemd")
    assert not is_on("[boot]\nsystemd=yes please\n", "boot", "systemd")


def test_an_edit_changes_one_value_and_nothing_else() -> None:
    edited = with_value(USERS, "boot", "command", 'a "b" # c')
    assert edited == USERS.replace('"mount /dev/sdd /data # data"', '"a \\"b\\" # c"')
    assert value_of(edited, "boot", "command") == 'a "b" # c'
    assert with_value(edited, "boot", "command", 'a "b" # c') == edited


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[boot]\nsystemd=true\n"),
        ("[user]\ndefault=me", "[user]\ndefault=me\n\n[boot]\nsystemd=true\n"),
        ("[user]\r\ndefault=me\r\n", "[user]\r\ndefault=me\r\n\r\n[boot]\r\nsystemd=true\r\n"),
        ("[boot]", "[boot]\nsystemd=true\n"),
        ("[boot]\ncommand=x\n\n# next\n[user]\n", "[boot]\ncommand=x\nsystemd=true\n\n# next\n[user]\n"),
        ("[boot]\n[user]\n[boot]\n", "[boot]\nsystemd=true\n[user]\n[boot]\n"),
        ("[boot]\nsystemd=false # off\n", "[boot]\nsystemd=true # off\n"),
        ("[boot]\nsystemd=\n", "[boot]\nsystemd=true\n"),
    ],
)
def test_a_key_goes_where_it_belongs(before: str, after: str) -> None:
    assert with_value(before, "boot", "systemd", "true") == after
    assert value_of(after, "boot", "systemd") == "true"


@pytest.mark.parametrize("before", ["", "[user]\ndefault=me\n", "[boot]\nsystemd=false\n[user]\n", USERS])
def test_what_was_added_goes_again_without_a_trace(before: str) -> None:
    assert without(with_value(before, "boot", "extra", "1"), "boot", "extra") == before


OWN = [
    "service cron start",
    "mount -a;",
    "/opt/agent &",
    "a; b",
    '"echo mounted # data"',
    '"  spaced"',
    'echo "a # b" c',
    r'"echo \"x\""',
]


@pytest.mark.parametrize("own", ["", *OWN])
def test_our_command_stands_before_the_users_own_and_goes_again_without_a_trace(own: str) -> None:
    before = f"[boot]\ncommand={own} # mine\n" if own else "[user]\ndefault=me\n"
    after = wanted(before, "command", systemd=False)
    command, former = value_of(after, "boot", "command"), value_of(before, "boot", "command")
    assert command == (SCRIPT if former is None else f"{SCRIPT} $$ & {former}")
    assert wanted(after, "command", systemd=False) == after
    assert without_ours(after) == before


@pytest.mark.parametrize(
    ("own", "earlier"),
    [
        ("service cron start", f"service cron start; {SCRIPT}"),
        ('"mount -a"', f"mount -a; {SCRIPT}"),
        ("mount -a;", f"mount -a; {SCRIPT}"),
        ("/opt/agent &", f"/opt/agent & {SCRIPT}"),
        ('"echo mounted # data"', f'"echo mounted # data; {SCRIPT}"'),
    ],
)
def test_what_was_written_behind_the_users_own_command_is_moved_before_it(own: str, earlier: str) -> None:
    before, former = (f"[boot]\ncommand = {each} # mine\n" for each in (own, earlier))
    after = wanted(former, "command", systemd=False)
    command = value_of(after, "boot", "command")
    assert command is not None
    assert command.startswith(f"{SCRIPT} $$ & ")
    assert command.count(SCRIPT) == 1
    assert wanted(after, "command", systemd=False) == after
    for text in (former, after):
        assert SCRIPT not in without_ours(text)
        assert given_back(text, before, "command") == before, "byte for byte"


@pytest.mark.parametrize(
    "own", ["touch $ran", '"touch $ran # data"', "touch $ran; exec sleep 100", "touch $ran; sleep 5 && true", "no; #"]
)
def test_ours_runs_whatever_the_users_own_command_does_and_is_told_its_shell(own: str, tmp_path: Path) -> None:
    command = value_of(wanted(f"[boot]\ncommand={own}\n", "command", systemd=False), "boot", "command")
    assert command is not None
    told, ours = tmp_path / "told", tmp_path / "ours"
    ours.write_text(f'#!/bin/sh\necho "$1" >{told}.new && mv {told}.new {told}\n')
    ours.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "ran": str(tmp_path / "ran")}
    with subprocess.Popen(["sh", "-c", command.replace(SCRIPT, str(ours))], env=environment) as shell:
        end = time.monotonic() + 60
        while not told.exists() or ("ran" in own and not (tmp_path / "ran").exists()):
            assert time.monotonic() < end
            time.sleep(0.05)
        shell.kill()
    assert told.read_text() == f"{shell.pid}\n"


@pytest.mark.parametrize("own", [f"{SCRIPT}; mine", f"a && {SCRIPT}", f"{SCRIPT} & b"])
def test_what_somebody_has_written_around_ours_stays(own: str) -> None:
    assert with_ours(own) == own


def test_a_command_that_only_looks_like_ours_is_not_ours() -> None:
    assert with_ours(f"{SCRIPT}.old") == f"{SCRIPT} $$ & {SCRIPT}.old"
    other = f"[boot]\ncommand={SCRIPT}.old\n"
    assert without_ours(other) == other


def test_systemd_takes_the_place_of_our_command() -> None:
    commanded = wanted("[boot]\ncommand=mine\n", "command", systemd=False)
    assert wanted(commanded, "systemd", systemd=False) == "[boot]\ncommand=mine\nsystemd=true\n"
    assert wanted(commanded, "command", systemd=True) == "[boot]\ncommand=mine\n", "the user has switched it on"
    assert wanted(commanded, "none", systemd=False) == "[boot]\ncommand=mine\n"


@pytest.mark.parametrize("before", ["", "[boot]\nsystemd=false\n", "[user]\ndefault=me\n[boot]\ncommand=mine\n"])
@pytest.mark.parametrize("boot", ["command", "systemd"])
def test_a_removal_gives_the_file_back_as_it_was(before: str, boot: str) -> None:
    after = wanted(before, boot, systemd=False)  # type: ignore[arg-type]
    assert after != before
    assert given_back(after, before, boot) == before  # type: ignore[arg-type]


def test_a_removal_leaves_systemd_to_whoever_switched_it_on() -> None:
    theirs = "[boot]\nsystemd=true\n"
    assert given_back(theirs, theirs, "systemd") == theirs
    assert given_back(theirs, "", "command") == theirs
    assert given_back(theirs, None, "systemd") == theirs


@pytest.mark.parametrize("boot", ["command", "systemd", "none"])
def test_where_systemd_is_on_nothing_is_changed(boot: str) -> None:
    text = "# Ubuntu's own\n[boot]\nsystemd = True\n"
    assert wanted(text, boot, systemd=True) == text  # type: ignore[arg-type]
    assert wanted(text, boot, systemd=False) == text, "it waits for Windows"  # type: ignore[arg-type]
