"""daemon.json on a real host: the user's keys stay, ours come and go, and what is broken is not touched."""

from __future__ import annotations

import codecs

import pytest

from tests.integration.daemon import FILE, RESTART, Daemon

PARSED = pytest.mark.slow
"""Unit tests try each form of a file; of those that reach dockerd in the same way some do for the gate."""
REFUSED = pytest.mark.slow
"""dockerd says so of several files in the same way."""
USERS = """\
{
    "shutdown-timeout": 12345678901234567,
    "labels": [
        "team=<a>&b",
        "who=\\u00e9é"
    ],
    "features": {
        "containerd-snapshotter": false
    },
    "runtimes": {
        "mine": {
            "path": "/usr/bin/runc"
        }
    }
}
"""


def test_the_users_keys_stay_as_written_and_ours_come_and_go(daemon: Daemon) -> None:
    daemon.given(USERS.encode())
    runtimes = {"ours": {"path": "runc"}}
    assert daemon.apply_well(live_restore=True, runtimes=runtimes) == ["Configure the daemon", "Load the configuration"]
    ours = USERS.replace(
        'runc"\n        }\n    }\n}\n', 'runc"\n        },\n        "ours": {\n            "path": "runc"\n'
    )
    ours += '        }\n    },\n    "live-restore": true\n}\n'
    assert (daemon.file or b"").decode() == ours
    assert daemon.info("{{.LiveRestoreEnabled}} {{(index .Runtimes `ours`).Path}}") == "true runc"
    before = daemon.everything
    assert daemon.apply_well(live_restore=True, runtimes=runtimes) == []
    assert daemon.everything == before
    daemon.apply_well()
    assert (daemon.file or b"").decode() == USERS
    assert daemon.info("{{.LiveRestoreEnabled}} {{len .Runtimes}}") == "false 3"
    assert daemon.apply_well() == []


def test_a_key_that_the_user_wrote_is_never_removed(daemon: Daemon) -> None:
    daemon.given(b'{"live-restore": true, "debug": false}')
    daemon.apply_well(live_restore=True, debug=True)
    assert daemon.content == {"live-restore": True, "debug": True}
    daemon.apply_well()
    assert daemon.content == {"live-restore": True}


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ('{\n  "debug": true,\n}\n', 2, 16, "a comma before"),
        pytest.param('{\n  // kept small\n  "debug": true\n}\n', 2, 3, "a comment", marks=PARSED),
        pytest.param('[{"debug": true}]', 1, 1, "an array", marks=PARSED),
        ("\nnull\n", 2, 1, "null"),
    ],
)
def test_broken_json_is_refused_and_left_as_it_is(
    daemon: Daemon, text: str, line: int, column: int, reason: str
) -> None:
    daemon.given(text.encode(), restart=None)
    before = daemon.everything
    applied = daemon.apply(live_restore=True)
    assert applied.code == 1
    assert f"{FILE}: line {line}, column {column}: {reason}" in applied.output
    assert daemon.everything == before


@pytest.mark.parametrize(
    "content",
    [
        None,
        pytest.param(b"", marks=PARSED),
        pytest.param(codecs.BOM_UTF8 + b'{"debug": false}', marks=PARSED),
        codecs.BOM_UTF16_LE + '{"debug": false}'.encode("utf-16-le"),
    ],
)
def test_an_absent_or_empty_file_and_byte_order_marks_are_read(daemon: Daemon, content: bytes | None) -> None:
    daemon.given(content)
    pid = daemon.pid
    assert daemon.apply_well(live_restore=True) == ["Configure the daemon", "Load the configuration"]
    assert daemon.content == {**({"debug": False} if content and b"d" in content else {}), "live-restore": True}
    assert daemon.info("{{.LiveRestoreEnabled}}") == "true"
    assert daemon.pid == pid, "a reload is enough"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"nonsense": 1}, "the following directives don't match any configuration option: nonsense"),
        pytest.param({"debug": "yes"}, "dockerd refuses the declared configuration", marks=REFUSED),
        pytest.param(
            {"hosts": ["fd://"]}, "specified both as a flag and in the configuration file: hosts", marks=REFUSED
        ),
        ({"default_runtime": "nvidia"}, "or define runtimes.nvidia"),
        ({"runtimes": {"x": {"path": "no-such-program"}}}, "needs the program no-such-program"),
    ],
)
def test_what_dockerd_would_refuse_never_reaches_the_file(daemon: Daemon, keys: dict[str, object], reason: str) -> None:
    daemon.given(b'{"debug": false}', restart=None)
    look = f"stat -c '%i %Y %Z' {FILE}; ls -A /etc/docker; cat /run/docker.pid"
    before = daemon.host.ssh(look).stdout
    applied = daemon.apply(**keys)
    assert applied.code == 1
    assert reason in applied.output
    assert daemon.host.ssh(look).stdout == before
    assert daemon.file == b'{"debug": false}'


def test_mode_owner_and_a_symbolic_link_are_kept(daemon: Daemon) -> None:
    daemon.given(b"{}")
    target = "/srv/config/docker.json"
    daemon.host.ssh(
        f"mkdir -p /srv/config && mv {FILE} {target} && ln -s {target} {FILE} && chown root:docker {target} && "
        f"chmod 640 {target}; {RESTART}"
    )
    daemon.apply_well(live_restore=True)
    assert daemon.host.ssh(f"readlink {FILE}; stat -c '%a %U:%G' {target}").stdout == f"{target}\n640 root:docker\n"
    assert daemon.content == {"live-restore": True}


def test_secrets_are_not_printed(daemon: Daemon) -> None:
    daemon.given(None, restart=None)
    applied = daemon.apply(proxies={"http-proxy": "http://me:hunter2@proxy.example:3128"})
    assert applied.code == 0, applied.output
    assert daemon.content["proxies"]["http-proxy"] == "http://me:hunter2@proxy.example:3128"
    assert "proxy.example" in applied.output
    assert "hunter2" not in applied.output
    assert daemon.host.ssh(f"stat -c %a {FILE}").stdout == "600\n"


def test_the_file_of_two_roles_is_nobodys_alone(daemon: Daemon) -> None:
    daemon.given(None, restart=None)
    daemon.apply_well(debug=True)
    daemon.host.ssh("sed -i s/docker_engine/other_role/ /var/lib/gpufleet/daemon-keys.json")
    applied = daemon.apply(debug=False)
    assert applied.code == 1
    assert "other_role declared another value" in applied.output
    assert daemon.content == {"debug": True}
