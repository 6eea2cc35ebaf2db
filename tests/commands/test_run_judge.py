"""Check and apply of small deploys on this machine: what is found, what is done, that one trouble hides no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.stamp import fingerprint
from tests.unit.fleets import judged

if TYPE_CHECKING:
    from pathlib import Path

    from gpufleet.report.model import Report


def found(report: Report) -> set[tuple[str, str]]:
    """Ids and classes of all findings of the only host."""
    (host,) = report.hosts
    return {(each.id, each.kind) for each in host.findings}


def test_a_check_finds_and_changes_nothing_and_apply_mends(tmp_path: Path) -> None:
    deploy = f"says(name='Motto', path='{tmp_path}/motto', text='onward')"
    report = judged(tmp_path, deploy)
    assert (found(report), report.exit_code) == ({("motto", "config")}, 2)
    assert not (tmp_path / "motto").exists()
    report = judged(tmp_path, deploy, "apply")
    assert (found(report), report.exit_code) == (set(), 0)
    assert [each.id for each in report.hosts[0].mended] == ["motto"]
    assert (tmp_path / "motto").read_text() == "onward\n"
    assert judged(tmp_path, deploy).exit_code == 0


def test_a_deploy_of_many_operations_is_asked_in_one_go(tmp_path: Path) -> None:
    one = "says(name='Motto {0}', path='{1}/motto{0}', text='onward')\n"
    report = judged(tmp_path, "".join(one.format(number, tmp_path) for number in range(40)))
    assert len(found(report)) == 40
    assert report.hosts[0].commands <= 3


def test_a_fact_that_raises_is_unknown_and_the_others_are_judged(tmp_path: Path) -> None:
    (tmp_path / "odd").write_text("raise")
    report = judged(
        tmp_path,
        f"says(name='Odd', path='{tmp_path}/odd', text='x')\nsays(name='Motto', path='{tmp_path}/motto', text='x')",
    )
    assert (found(report), report.exit_code) == ({("odd", "unknown"), ("motto", "config")}, 6)
    assert "a word that nobody expects" in report.hosts[0].findings[0].observed


def test_a_deploy_that_raises_makes_its_host_unknown(tmp_path: Path) -> None:
    report = judged(tmp_path, "raise KeyError('nobody')")
    assert (report.hosts[0].status, report.exit_code) == ("unknown", 4)
    assert report.hosts[0].why == "deploy.py: KeyError: 'nobody'"


def test_an_operation_of_pyinfra_gets_a_finding_from_its_commands(tmp_path: Path) -> None:
    deploy = f"from pyinfra.operations import files\nfiles.directory(name='A folder', path='{tmp_path}/folder')"
    (finding,) = judged(tmp_path, deploy).hosts[0].findings
    assert (finding.id, finding.kind, finding.mendable) == ("a-folder", "config", True)
    assert f"{tmp_path}/folder" in finding.observed
    assert judged(tmp_path, deploy, "apply").exit_code == 0
    assert (tmp_path / "folder").is_dir()


def test_an_imperative_step_is_no_drift_and_apply_takes_it(tmp_path: Path) -> None:
    deploy = (
        f"from pyinfra.operations import server\nserver.shell(name='Count', commands=['echo x >> {tmp_path}/count'])"
    )
    assert judged(tmp_path, deploy).exit_code == 0
    assert not (tmp_path / "count").exists()
    assert judged(tmp_path, deploy, "apply").exit_code == 0
    assert (tmp_path / "count").read_text() == "x\n"


def test_a_condition_on_another_operation_sees_what_that_would_do(tmp_path: Path) -> None:
    deploy = f"""
first = says(name='First', path='{tmp_path}/first', text='x')
says(name='Second', path='{tmp_path}/second', text='x', _if=first.did_change)
"""
    assert found(judged(tmp_path, deploy)) == {("first", "config"), ("second", "config")}
    (tmp_path / "first").write_text("x\n")
    assert found(judged(tmp_path, deploy)) == set()


def test_what_waits_for_another_finding_is_unjudged_and_without_that_unknown(tmp_path: Path) -> None:
    deploy = f"""
@operation()
def waits(resource):
    yield from refuse(resource, expected='x', observed='y', way_out='z', kind='unknown', waits_for='{tmp_path}/motto')
waits(name='Waits', resource='other')
says(name='Motto', path='{tmp_path}/motto', text='x')
"""
    report = judged(tmp_path, deploy)
    assert (found(report), report.exit_code) == ({("motto", "config")}, 2)
    assert [each.id for each in report.hosts[0].unjudged] == ["waits"]
    (tmp_path / "motto").write_text("x\n")
    assert found(judged(tmp_path, deploy)) == {("waits", "unknown")}


def test_a_step_is_no_finding_beside_the_one_that_it_serves_and_is_one_alone(tmp_path: Path) -> None:
    deploy = f"""
@operation()
def prepares():
    yield Step()
    yield StringCommand('true')
prepares(name='Prepare')
says(name='Motto', path='{tmp_path}/motto', text='x')
"""
    assert found(judged(tmp_path, deploy)) == {("motto", "config")}
    (tmp_path / "motto").write_text("x\n")
    assert found(judged(tmp_path, deploy)) == {("prepare", "config")}


def test_apply_stops_at_a_failure_and_says_why_and_what_is_left(tmp_path: Path) -> None:
    report = judged(
        tmp_path,
        f"says(name='A', path='{tmp_path}/a', text='x')\n"
        f"says(name='B', path='{tmp_path}/none/b', text='x')\n"
        f"says(name='C', path='{tmp_path}/c', text='x')",
        "apply",
    )
    (host,) = report.hosts
    assert [each.id for each in host.mended] == ["a"]
    assert [(each.id, bool(each.failure)) for each in host.findings] == [("b", True), ("c", False)]
    assert "none/b" in (host.findings[0].failure or "")
    assert report.exit_code == 2


def test_a_refusal_is_a_finding_that_apply_does_not_mend(tmp_path: Path) -> None:
    deploy = """
@operation()
def no():
    yield from refuse('this', expected='x', observed='y', way_out='Do z.')
no(name='No')
"""
    for verb in ("check", "apply"):
        (finding,) = judged(tmp_path, deploy, verb).hosts[0].findings
        assert (finding.mendable, finding.remedy, finding.failure) == (False, "Do z.", None)


def test_facts_that_are_asked_together_cost_one_wave(tmp_path: Path) -> None:
    deploy = f"""
@operation()
def both(one, two):
    with together():
        a = host.get_fact(Says, path=one)
        b = host.get_fact(Says, path=two)
    assert (a, b) == ('1', '2'), (a, b)
    host.noop('so it is')
    yield from ()
both(name='Both', one='{tmp_path}/one', two='{tmp_path}/two')
"""
    (tmp_path / "one").write_text("1\n")
    (tmp_path / "two").write_text("2\n")
    report = judged(tmp_path, deploy)
    assert (report.exit_code, found(report)) == (0, set())
    assert report.hosts[0].commands <= 2


def test_one_fact_that_raises_for_many_items_is_one_finding_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "odd").write_text("raise")
    deploy = "".join(f"says(name='Item {n}', path='{tmp_path}/odd', text='x')\n" for n in range(3))
    (host,) = judged(tmp_path, deploy).hosts
    assert [(each.id, each.kind) for each in host.findings] == [("item-0", "unknown")]
    assert "Says" in host.findings[0].observed
    assert [each.id for each in host.unjudged] == ["item-1", "item-2"]


def test_a_condition_holds_back_an_operation_of_apply_as_well(tmp_path: Path) -> None:
    deploy = f"""
from pyinfra.operations import server
first = says(name='First', path='{tmp_path}/first', text='x')
other = says(name='Other', path='{tmp_path}/other', text='x')
server.shell(name='After', commands=['echo ran >> {tmp_path}/after'], _if=first.did_change)
says(name='Never', path='{tmp_path}/never', text='x', _if=lambda: False)
"""
    assert judged(tmp_path, deploy, "apply").exit_code == 0
    (tmp_path / "other").unlink()
    assert judged(tmp_path, deploy, "apply").exit_code == 0
    assert (tmp_path / "after").read_text() == "ran\n", "once, when the first one changed"
    assert not (tmp_path / "never").exists()


def test_operations_that_a_callback_calls_run_in_it(tmp_path: Path) -> None:
    deploy = f"""
from pyinfra.operations import files, python
def callback():
    files.file(name='Inner', path='{tmp_path}/inner')
python.call(name='Call', function=callback)
"""
    judged(tmp_path, deploy)
    assert not (tmp_path / "inner").exists()
    judged(tmp_path, deploy, "apply")
    assert (tmp_path / "inner").exists()


def test_a_deploy_may_be_split_into_files(tmp_path: Path) -> None:
    (tmp_path / "part.py").write_text(
        f"from pyinfra.operations import files\nfiles.file(name='Part', path='{tmp_path}/part')"
    )
    report = judged(tmp_path, f"from pyinfra import local\nlocal.include('{tmp_path}/part.py')", "apply")
    assert (report.exit_code, (tmp_path / "part").exists()) == (0, True)


def test_what_is_to_run_once_runs_on_the_first_host_only(tmp_path: Path) -> None:
    deploy = f"""
says(name='Once', path='{tmp_path}/once', text='x', _run_once=True)
"""
    report = judged(tmp_path, deploy, hosts="@fake/a,@fake/b,@fake/c")
    assert [[each.id for each in host.findings] for host in report.hosts] == [["once"], [], []]


def test_apply_tells_the_class_that_check_had_told(tmp_path: Path) -> None:
    (host,) = judged(tmp_path, f"says(name='Motto', path='{tmp_path}/motto', text='x', kind='version')", "apply").hosts
    assert [(each.id, each.kind) for each in host.mended] == [("motto", "version")]


def test_operations_of_one_name_are_told_apart(tmp_path: Path) -> None:
    deploy = f"for one in 'ab':\n    says(name='Same', path='{tmp_path}/' + one, text='x')"
    assert found(judged(tmp_path, deploy)) == {("same", "config"), ("same-2", "config")}


def test_what_a_refused_host_shows_leaves_the_hash_of_its_item_as_it_was(tmp_path: Path) -> None:
    """Else a GPU that has died would be `pending`, as if the repository had been edited."""
    deploy = f"""
from pathlib import Path
from gpufleet.run.declared import declared_items
from roles.platform.deploy import fit, seen
gone = [Difference(kind='runtime', resource='GPU 0', expected='x', observed='y', refused=True)]
fit(name='Fit', refused=seen([]))
fit(name='Not fit', refused=seen(gone))
Path('{tmp_path}/hashes').write_text(' '.join(declared_items().values()))
"""
    assert found(judged(tmp_path, deploy)) == {("not-fit", "runtime")}
    fit, not_fit = (tmp_path / "hashes").read_text().split()
    assert fit == not_fit == fingerprint([[], {"refused": []}]), "which stamps hold already"
