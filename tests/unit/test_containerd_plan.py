"""What is to become of containerd's files, or why nothing is, and what a running containerd has loaded."""

from __future__ import annotations

import pytest

from gpufleet.containerd.drop_in import new_file
from gpufleet.containerd.effect import cri_off, effect, rest
from gpufleet.containerd.imports import imports, with_import
from gpufleet.containerd.planned import Plan, planned, rid
from gpufleet.containerd.state import DROP_IN, IMPORT, Process, digest, outdated, runs_with
from gpufleet.containerd.toml_text import parse
from gpufleet.containerd.trial import lacking, trial_trouble
from gpufleet.containerd.unusable import another_file
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.containerd import Containerd
from tests.unit.containerd_cases import DEBIAN, DUMP, TRIED, V3, WISH, WITHOUT, host


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
