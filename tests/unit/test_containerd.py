"""containerd's configuration: what is added to it, what is taken out again, and what a running one has loaded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gpufleet.containerd.drop_in import Wish, drop_in, file_version, new_file
from gpufleet.containerd.effect import cri_off, effect, rest
from gpufleet.containerd.imports import ImportsError, imports, with_import, without_import
from gpufleet.containerd.planned import Plan, planned, rid
from gpufleet.containerd.sections import AmbiguousError, users_section
from gpufleet.containerd.state import DROP_IN, IMPORT, ContainerdState, Process, digest, imported, outdated, runs_with
from gpufleet.containerd.toml_text import TomlTextError, at, parse, render
from gpufleet.containerd.trial import lacking, trial_trouble
from gpufleet.containerd.unusable import another_file
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.containerd import Containerd, ContainerdRuntime

RECORDED = json.loads((Path(__file__).parent / "data/nvidia_ctk/runtime-configure-containerd.json").read_text())
PROGRAM = "/usr/bin/nvidia-container-runtime"
DEBIAN = b"""version = 2

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/usr/lib/cni"
"""
DOCKER = b'# Docker\ndisabled_plugins = ["cri"]\n'
V2, V3 = "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime"
TRIED = "/tried.toml"


def entry() -> dict[str, object]:
    said = RECORDED["cases"][0]["stdout"].splitlines()
    found = ContainerdRuntime().process(said)
    assert isinstance(found, dict)
    return found


WISH = Wish(entry(), cdi=True, default=False)
DUMP = drop_in(WISH, "2.1.9", b"version = 3", {}).encode()
WITHOUT = b"version = 3\n"


def test_the_runtime_is_read_off_what_nvidia_ctk_would_write() -> None:
    assert at(entry(), "options", "BinaryName") == PROGRAM
    assert ContainerdRuntime().process(["absent"]) is None
    broken = ContainerdRuntime().process(["exit code 1"])
    assert isinstance(broken, Unreadable)
    assert "exit code 1" in broken.why


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", f'imports = ["{IMPORT}"]\n'),
        (b"version = 2", f'version = 2\nimports = ["{IMPORT}"]'),
        (DEBIAN, DEBIAN.decode().replace("version = 2\n", f'version = 2\nimports = ["{IMPORT}"]\n')),
        (DOCKER, f'# Docker\nimports = ["{IMPORT}"]\ndisabled_plugins = ["cri"]\n'),
        (b"# c\r\nversion = 3 # x\r\n[grpc]\r\n", f'# c\r\nversion = 3 # x\r\nimports = ["{IMPORT}"]\r\n[grpc]\r\n'),
        (b'imports = ["/a"] # mine\n', f'imports = ["/a", "{IMPORT}"] # mine\n'),
        (b"imports = []\n", f'imports = ["{IMPORT}",]\n'),
        (b'imports = [\n  "/a", # ]\n  # "no"\n]\n', f'imports = [\n  "/a", "{IMPORT}", # ]\n  # "no"\n]\n'),
        (b"imports = ['/a',\n]\nversion = 2\n", f"imports = ['/a', \"{IMPORT}\",\n]\nversion = 2\n"),
        (
            b'root = """\nimports = []\nversion = 9\n"""\n',
            f'imports = ["{IMPORT}"]\nroot = """\nimports = []\nversion = 9\n"""\n',
        ),
    ],
)
def test_an_import_is_added_and_taken_out_and_every_other_byte_stays(before: bytes, after: str) -> None:
    changed = with_import(before, IMPORT)
    assert changed.decode() == after
    assert imported(changed)
    assert without_import(changed, IMPORT) == before


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f'imports = ["{IMPORT}", "/b"]\n', 'imports = ["/b"]\n'),
        (f'imports = [\n  "/a",\n  "{IMPORT}"\n]\n', 'imports = [\n  "/a"\n]\n'),
        (f'imports = ["/a", "{IMPORT}", "/b"]\n', 'imports = ["/a", "/b"]\n'),
    ],
)
def test_an_import_that_a_person_moved_is_taken_out_too(text: str, left: str) -> None:
    assert without_import(text.encode(), IMPORT).decode() == left


def test_a_list_that_is_written_unusually_is_refused_not_guessed() -> None:
    with pytest.raises(ImportsError):
        with_import(b'"imports" = ["/a"]\n', IMPORT)


def test_an_import_of_nvidia_ctks_counts_and_relative_ones_are_beside_the_file() -> None:
    assert imported(b'imports = ["/etc/containerd/conf.d/*.toml"]')
    assert imported(b'imports = ["conf.d/*.toml"]')
    assert not imported(b'imports = ["/etc/containerd/other/*.toml"]')
    assert imports(b"version = 2") == []


def test_broken_toml_is_told_with_line_and_column() -> None:
    with pytest.raises(TomlTextError, match="line 2, column 11"):
        parse(b"# x\nversion = = 2\n")
    with pytest.raises(TomlTextError, match="not UTF-8"):
        parse(b'a = "\xff"')


def test_whatever_is_rendered_is_read_as_the_same() -> None:
    table = parse(
        b'a = 1\nb = "q\\"\\\\\\u007f\\n"\nc = [1.5, true, "x", {d = 1979-05-27T07:32:00Z}]\n["x y".z]\n[e.f]\ng = []\n'
    )
    assert parse(render(table).encode()) == table


@pytest.mark.parametrize(
    ("version", "file", "layout"),
    [
        ("1.7.24", b"", 2),
        ("1.7.24", DOCKER, 1),
        ("1.7.24", DEBIAN, 2),
        ("2.1.9", b"", 3),
        ("2.1.9", b'imports = ["/x"]', 3),
        ("2.1.9", DOCKER, 2),
        ("2.1.9", DEBIAN, 2),
        ("2.1.9", b"version = 3", 3),
    ],
)
def test_the_file_is_of_the_version_that_containerd_takes_beside_config_toml(
    version: str, file: bytes, layout: int
) -> None:
    assert file_version(version, file) == layout
    plugin = {1: "cri", 2: V2, 3: V3}[layout]
    made = parse(drop_in(WISH, version, file, {}).encode())
    assert at(made, "plugins", plugin, "containerd", "runtimes", "nvidia", "options") == {"BinaryName": PROGRAM}
    assert at(made, "plugins", plugin, "enable_cdi") is True
    assert made.get("version") == (layout if layout > 1 else None)


def test_a_containerd_that_merges_no_sections_gets_the_users_with_ours_in_it_and_a_newer_one_ours_alone() -> None:
    older = parse(drop_in(WISH, "1.7.24", DEBIAN, {}).encode())
    assert at(older, "plugins", V2, "cni", "bin_dir") == "/usr/lib/cni"
    assert at(older, "plugins", V2, "containerd", "runtimes", "runc") == {"runtime_type": "io.containerd.runc.v2"}, (
        "1.7 loses its own where another runtime is said"
    )
    newer = parse(drop_in(WISH, "2.1.9", DEBIAN, {}).encode())
    assert at(newer, "plugins", V2, "cni") is None
    assert at(newer, "plugins", V2, "containerd", "runtimes", "runc") is None


def test_the_options_of_runc_are_those_of_the_runtime_too() -> None:
    file = DEBIAN + f'[plugins."{V2}".containerd.runtimes.runc.options]\nSystemdCgroup = true\n'.encode()
    for version in ("1.7.24", "2.1.9"):
        options = {"options": {"SystemdCgroup": True}}
        made = parse(drop_in(WISH, version, file, {}).encode())
        runtime = at(made, "plugins", V2, "containerd", "runtimes", "nvidia")
        assert runtime == {
            "runtime_type": "io.containerd.runc.v2",
            "options": {"SystemdCgroup": True, "BinaryName": PROGRAM},
        }
        runc = at(made, "plugins", V2, "containerd", "runtimes", "runc")
        assert runc == (options if version == "1.7.24" else None)


def test_the_section_of_another_file_counts_and_two_of_them_are_refused_where_they_are_not_merged() -> None:
    other = f'version = 2\n[plugins."{V2}".registry]\nconfig_path = "/r"\n'.encode()
    made = parse(drop_in(WISH, "1.7.24", DEBIAN, {"/a.toml": other, "/b.toml": b"version = 2\n"}).encode())
    assert at(made, "plugins", V2, "registry", "config_path") == "/r"
    with pytest.raises(AmbiguousError, match=r"/a\.toml and /b\.toml"):
        drop_in(WISH, "1.7.24", DEBIAN, {"/a.toml": other, "/b.toml": other})
    for newer in ("2.0.0", "2.1.9"):
        assert drop_in(WISH, newer, DEBIAN, {"/a.toml": other, "/b.toml": other})
        cni = f'version = 2\n[plugins."{V2}".cni]\nconf_dir = "/c"\n'.encode()
        users = users_section(newer, DEBIAN, {"/a.toml": other, "/b.toml": cni})
        assert users == {"cni": {"bin_dir": "/usr/lib/cni", "conf_dir": "/c"}, "registry": {"config_path": "/r"}}


CRI = f'version = 2\n[plugins."{V2}".containerd]\n'
OWN = f'[plugins."{V2}".containerd.runtimes.nvidia.options]\n'


@pytest.mark.parametrize("version", ["1.7.24", "2.0.11", "2.1.9"])
def test_what_the_user_says_of_a_runtime_nvidia_goes_before_what_runc_has(version: str) -> None:
    runc = f'[plugins."{V2}".containerd.runtimes.runc.options]\nSystemdCgroup = true\nRoot = "/r"\n'
    file = f'{CRI}{runc}{OWN}BinaryName = "{PROGRAM}"\nSystemdCgroup = false\n'.encode()
    plan = planned(host(file=file, version=version), WISH, TRIED)
    assert isinstance(plan, Plan)
    made = at(parse(plan.drop_in), "plugins", V2, "containerd", "runtimes", "nvidia", "options")
    assert made == {"BinaryName": PROGRAM, "SystemdCgroup": False, "Root": "/r"}


@pytest.mark.parametrize(
    ("changes", "default", "said"),
    [
        ({"file": f'{CRI}default_runtime_name = "kata"\n'.encode()}, True, "default_runtime_name is kata"),
        ({"file": f'{CRI}{OWN}BinaryName = "/opt/nvidia"\n'.encode()}, False, "one of its own, with /opt/nvidia"),
        ({"drop_in": f'{CRI}default_runtime_name = "nvidia"\n'.encode()}, False, "containerd.default_runtime_name"),
        ({"drop_in": b"version = 2\n[debug]\nlevel = 'warn'\n"}, False, "it also says debug"),
        ({"drop_in": b"version = = 2\n"}, False, "line 1, column 11"),
    ],
)
def test_what_a_user_would_lose_is_refused(changes: dict[str, object], default: bool, said: str) -> None:
    objection = planned(host(**changes), WISH._replace(default=default), TRIED)
    assert isinstance(objection, Objection)
    assert said in objection.observed


@pytest.mark.parametrize(
    ("changes", "default"),
    [
        ({"file": f'{CRI}default_runtime_name = "kata"\n'.encode()}, False),
        ({"file": f'{CRI}default_runtime_name = "nvidia"\n'.encode()}, False),
        ({"file": f'{CRI}default_runtime_name = "runc"\n'.encode()}, True),
        ({"drop_in": f'{CRI}default_runtime_name = "nvidia"\n'.encode()}, True),
        ({"drop_in": b"# Managed by gpufleet.\nversion = = 2\n", "dump": Unreadable("it is no TOML")}, False),
    ],
)
def test_what_nobody_loses_is_not(changes: dict[str, object], default: bool) -> None:
    assert isinstance(planned(host(**changes), WISH._replace(default=default), TRIED), Plan)


@pytest.mark.parametrize("version", ["1.7.24", "2.1.9"])
@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda case: case["name"])
def test_what_nvidia_ctk_wrote_by_hand_is_taken_over(case: dict[str, str], version: str) -> None:
    by_hand = case["stdout"].partition("\nimports = ")[0].encode()
    wish = WISH._replace(default="default" in case["name"])
    assert isinstance(planned(host(drop_in=by_hand, version=version), wish, TRIED), Plan)


def test_the_default_runtime_and_cdi_are_there_as_declared() -> None:
    made = parse(drop_in(Wish(entry(), cdi=False, default=True), "2.1.9", b"", {}).encode())
    assert at(made, "plugins", V3, "containerd", "default_runtime_name") == "nvidia"
    assert at(made, "plugins", V3, "enable_cdi") is None


def host(**changes: object) -> ContainerdState:
    process = Process("boot 7 100", started=1000.0, command="/usr/bin/containerd ")
    state = ContainerdState(version="1.7.24", file=DEBIAN, dump=WITHOUT, changed=900.0, running=process)
    return replace(state, **changes)  # type: ignore[arg-type]


def test_the_plan_is_both_files_and_a_trial_that_reads_what_the_present_one_reads() -> None:
    plan = planned(host(file=b'imports = ["mine/*.toml"]\nversion = 2\n'), WISH, TRIED)
    assert isinstance(plan, Plan)
    assert imports(plan.trial) == ["/etc/containerd/mine/*.toml", TRIED]
    assert imports(plan.file) == ["mine/*.toml", IMPORT]
    assert imports(plan.users) == ["/etc/containerd/mine/*.toml"]
    assert plan.drop_in.startswith(b"# Managed by gpufleet.\n")


def test_an_older_file_of_ours_hides_nothing_from_the_trial() -> None:
    file = b'imports = ["conf.d/*.toml", "/x/*.toml"]\nversion = 2\n'
    others = {"/x/1.toml": b"", "/etc/containerd/conf.d/b.toml": b"", "/etc/containerd/conf.d/a.toml": b""}
    plan = planned(host(file=file, drop_in=b"version = 2\n", others=others), WISH, TRIED)
    assert isinstance(plan, Plan)
    users = ["/etc/containerd/conf.d/a.toml", "/etc/containerd/conf.d/b.toml", "/x/*.toml"]
    assert imports(plan.users) == users
    assert imports(plan.trial) == [*users, TRIED]


def test_without_a_config_toml_there_is_one_with_nothing_but_the_import() -> None:
    plan = planned(host(file=None, version="2.1.9"), WISH, TRIED)
    assert isinstance(plan, Plan)
    assert plan.file == new_file("2.1.9", IMPORT).encode()
    assert parse(plan.file) == {"version": 3, "imports": [IMPORT]}
    assert rid(plan.file) is None
    assert rid(with_import(DEBIAN, IMPORT)) == DEBIAN


def test_a_file_of_the_same_meaning_stays_as_it_is() -> None:
    plan = planned(host(), WISH, TRIED)
    assert isinstance(plan, Plan)
    reformatted = b"# nvidia-ctk\n" + plan.drop_in.partition(b"\n")[2].replace(b" = ", b"=")
    again = planned(host(drop_in=reformatted), WISH, TRIED)
    assert isinstance(again, Plan)
    assert again.drop_in == reformatted


@pytest.mark.parametrize(
    ("changes", "resource", "said"),
    [
        ({"version": None}, "containerd", "not installed"),
        ({"version": "1.6.20"}, "containerd", "1.6.20"),
        ({"file": b"version = = 2\n"}, "/etc/containerd/config.toml", "line 1, column 11"),
        ({"file": b'"imports" = ["/a"]\n'}, "/etc/containerd/config.toml", "does not change"),
        ({"drop_in": Unreadable("not a regular file")}, DROP_IN, "not a regular file"),
        ({"dump": Unreadable("invalid disabled plugin URI")}, "/etc/containerd/config.toml", "invalid disabled"),
        ({"running": Process("b 1 1", 1.0, "containerd --config /k.toml")}, "containerd", "--config /k.toml"),
    ],
)
def test_what_cannot_be_changed_safely_is_refused_with_the_reason(
    changes: dict[str, object], resource: str, said: str
) -> None:
    objection = planned(host(**changes), WISH, TRIED)
    assert isinstance(objection, Objection)
    assert objection.resource == resource
    assert said in objection.observed


def test_only_a_flag_that_names_another_file_counts() -> None:
    for command in ("containerd", "containerd --config /etc/containerd/config.toml", "containerd -l debug"):
        assert another_file(host(running=Process("b 1 1", 1.0, command))) is None
    assert another_file(host(running=Process("b 1 1", 1.0, "containerd --config=/k"))) == "--config=/k"
    assert another_file(host(running=None)) is None


def test_a_containerd_that_does_not_run_gets_its_files_too() -> None:
    assert isinstance(planned(host(running=None), WISH, TRIED), Plan)


def test_a_trial_must_show_what_is_declared_and_all_that_was_there() -> None:
    assert trial_trouble(WITHOUT, DUMP, WISH) is None
    other = DUMP.replace(b"enable_cdi", b"disable_apparmor = true\nenable_cdi")
    assert trial_trouble(WITHOUT, other, WISH) == (
        f"it would change other settings of containerd: plugins.{V3}.disable_apparmor"
    )
    assert trial_trouble(WITHOUT, Unreadable("it fails"), WISH) == "it fails"
    assert trial_trouble(Unreadable("theirs fail"), DUMP, WISH) == "theirs fail"
    assert trial_trouble(WITHOUT, WITHOUT, WISH) == "a runtime nvidia with the program (none)"
    off = b'version = 2\ndisabled_plugins = ["cri"]\n'
    assert trial_trouble(off, off, WISH) is None, "a dump of 1.7 says nothing of CRI then"


def test_what_containerd_makes_of_its_files_is_compared_with_what_is_declared() -> None:
    assert lacking(DUMP, WISH) is None
    assert lacking(DUMP.replace(b"enable_cdi = true", b"enable_cdi = false"), WISH) == "CDI off"
    assert lacking(DUMP, WISH._replace(default=True)) == "another default runtime"
    users = DUMP.replace(b"enable_cdi", b'containerd.default_runtime_name = "nvidia"\nenable_cdi')
    assert lacking(users, WISH) is None, "a default runtime of the user's own stays"
    assert effect(DUMP)["cdi"] is True
    assert rest(DUMP) == {"version": 3}
    assert rest(DUMP + b"[grpc]\nuid = 0\n[debug]\n") == {"version": 3}
    assert cri_off(b"disabled_plugins = ['io.containerd.grpc.v1.cri']")
    assert not cri_off(b"version = 3")


def test_a_containerd_that_started_after_the_last_change_has_loaded_it() -> None:
    assert runs_with(host()) == digest(WITHOUT)
    assert not outdated(host())
    assert runs_with(host(changed=1001.0)) is None
    assert outdated(host(changed=1001.0))
    assert not outdated(host(running=None))


def test_what_is_remembered_of_the_running_process_counts_before_times() -> None:
    assert not outdated(host(changed=1001.0, loaded=f"boot 7 100\n{digest(WITHOUT)}\n"))
    assert outdated(host(changed=900.0, loaded=f"boot 7 100\n{digest(DUMP)}\n"))
    assert outdated(host(loaded="boot 7 100\n-\n"))


def test_of_a_containerd_that_somebody_else_started_it_is_not_known_what_files_it_read_that_changed_since() -> None:
    earlier = f"boot 5 50\n{digest(WITHOUT)}\n"
    assert outdated(host(changed=1001.0, loaded=earlier)), "the file may have been away when it started"
    assert not outdated(host(changed=900.0, loaded=earlier))


def test_the_report_of_a_host_is_read() -> None:
    lines = [
        "now=5000.0",
        "uptime=4000.0",
        "ticks=100",
        "systemd=yes",
        "file=base64:dmVyc2lvbiA9IDI=",
        "changed=1200.5",
    ]
    lines += [
        "other=/a|1300.25|eA==",
        "version=1.7.24",
        "dump_unreadable=why",
        "identity=boot 7 5000",
        "command=containerd",
    ]
    state = Containerd().process([*lines, "end=yes"])
    assert state.file == b"version = 2"
    assert (state.version, state.changed, state.others) == ("1.7.24", 1300.25, {"/a": b"x"})
    assert state.dump == Unreadable("why")
    assert state.running == Process("boot 7 5000", 1050.0, "containerd")
    assert state.drop_in is None
