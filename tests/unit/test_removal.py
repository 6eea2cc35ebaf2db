"""What goes, what stays and what stands there again: decided over plain data."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from pyinfra.api import StringCommand

from gpufleet.dockerd.daemon_json import plan
from gpufleet.dockerd.given_back import given_back, replaced, users_own, with_values
from gpufleet.dockerd.json_paths import merge
from gpufleet.dockerd.json_text import parse_object
from gpufleet.dockerd.json_tree import Object, from_plain, same
from gpufleet.dockerd.state import DAEMON_JSON
from gpufleet.facts.apt import Package
from gpufleet.facts.every_container import AnyContainer, EveryContainer
from gpufleet.facts.files import FileState
from gpufleet.facts.remembered import Remembered
from gpufleet.finding import Difference, Finding
from gpufleet.made import Made, parse
from gpufleet.operations import removal_files, removal_state
from gpufleet.operations.change import refuse
from gpufleet.operations.removal_brought import Brought, told
from gpufleet.operations.removal_containers import keeps_docker
from gpufleet.operations.removal_files import replaced_sources
from gpufleet.operations.removal_reasons import every_goes
from gpufleet.operations.removal_state import emptied, kept_backups
from gpufleet.operations.removal_words import of_removal, removing

DOCKER_LIST = "/etc/apt/sources.list.d/docker.list"
OURS = "/etc/apt/sources.list.d/docker.sources"
ENTRY = "deb https://download.docker.com/linux/debian trixie stable\n"


def tree(**keys: object) -> Object:
    return {key.replace("_", "-"): from_plain(value) for key, value in keys.items()}


@pytest.mark.parametrize(
    "before",
    [
        tree(),
        tree(debug=True),
        tree(live_restore=False, debug=True),
        tree(runtimes={"other": {"path": "/x"}}),
        tree(runtimes={"nvidia": {"path": "/mine", "runtimeArgs": ["a"]}}),
        tree(log_opts={}, features={"cdi": False}),
        tree(runtimes="nonsense"),
        tree(live_restore={"on": True}),
    ],
)
def test_what_is_declared_and_taken_back_leaves_the_users_own_file(before: Object) -> None:
    declared = {
        "live-restore": True,
        "log-opts": {"max-size": "10m"},
        "runtimes": {"nvidia": {"path": "nvidia-container-runtime"}},
        "features": {"cdi": True},
    }
    applied = plan(before, {}, "one", declared)
    assert same(given_back(applied.desired, applied.remembered["one"], before), before)


def test_what_somebody_wrote_beside_ours_since_stays() -> None:
    applied = plan(tree(), {}, "one", {"log-opts": {"max-size": "10m"}})
    now = merge(applied.desired, tree(log_opts={"labels": "a"}, debug=True))
    assert same(given_back(now, applied.remembered["one"], {}), tree(log_opts={"labels": "a"}, debug=True))


def test_a_key_of_ours_that_somebody_removed_is_not_put_back() -> None:
    assert same(given_back(tree(debug=True), [("live-restore",)], tree(live_restore=False)), tree(debug=True))


def test_a_value_of_the_users_that_a_later_apply_replaces_is_remembered_and_ours_is_not() -> None:
    memory = {"one": frozenset({("live-restore",)})}
    current, desired = tree(live_restore=True, debug=True), tree(live_restore=False, debug=False)
    assert replaced(current, desired, memory) == {("debug",): from_plain(value=True)}


def test_what_is_remembered_of_the_users_file_grows_only_by_what_is_replaced() -> None:
    first = FileState(b'{"labels": ["a=b"]}', "644", "root:root")
    made = Made(known=True, before={DAEMON_JSON: first})
    memory = {"one": frozenset({("live-restore",)})}
    current = tree(labels=["a=b"], live_restore=True, debug=True)
    later = plan(current, memory, "one", {"live-restore": True, "debug": False})
    assert same(parse_object(users_own(later, made).encode()), tree(labels=["a=b"], debug=True))
    known = plan(tree(labels=["a=b"], live_restore=True), memory, "one", {"live-restore": True, "labels": ["c=d"]})
    assert users_own(known, made) == "", "its text is kept as long as it says all"
    nothing = plan(current, memory, "one", {"live-restore": False})
    assert users_own(nothing, made) == ""
    assert users_own(later, Made()) == "", "the first change of all keeps the file itself"


def test_a_value_finds_its_place_whatever_is_on_the_way() -> None:
    assert same(with_values(tree(a=1), {("a", "b"): from_plain(2)}), tree(a={"b": 2}))


def test_the_lines_of_a_host_are_read_and_unknown_ones_passed_over() -> None:
    choice = "alternative iptables /usr/sbin/iptables-legacy auto\nalternative broken\n"
    text = "file /etc/a b\nfolder /etc/x\npackage docker-ce\npackage docker-ce\ndependency pigz\nhold docker-ce\n"
    made = parse(
        f"{text}{choice}member alice docker\nmember broken\nremoved docker.io\nnew-kind something\n\n", known=True
    )
    assert made == Made(
        known=True,
        files=frozenset({"/etc/a b"}),
        folders=("/etc/x",),
        packages=("docker-ce",),
        dependencies=("pigz",),
        removed=("docker.io",),
        holds=("docker-ce",),
        members=(("alice", "docker"),),
        alternatives=(("iptables", "/usr/sbin/iptables-legacy", "auto"),),
    )


def test_an_alternative_is_given_back_only_while_it_is_what_apply_has_chosen() -> None:
    legacy, nft = "/usr/sbin/iptables-legacy", "/usr/sbin/iptables-nft"
    made = Made(alternatives=(("iptables", legacy, "auto"), ("iptables", nft, legacy), ("ip6tables", legacy, nft)))
    assert made.chosen("iptables", legacy) == "auto"
    assert made.chosen("iptables", nft) == "auto", "what it was first is what it was before us"
    assert made.chosen("ip6tables", legacy) == nft
    assert made.chosen("ip6tables", nft) is None, "somebody has chosen since"
    assert made.chosen("iptables", None) is None, "it went with its package"
    assert Made(alternatives=(("iptables", nft, nft),)).chosen("iptables", nft) is None, "the user had chosen it before"


def test_the_answer_of_a_host_is_read_with_the_files_of_before() -> None:
    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    answer = [
        "state=yes",
        f"made={encoded('file /x')}",
        f"before=644|root:root|12.5|{encoded('old')}|/etc/a|b",
        "backup=docker.list",
        "end=yes",
    ]
    made = Remembered().process(answer)
    assert made.before == {"/etc/a|b": FileState(b"old", "644", "root:root")}
    assert (made.known, made.state, made.files, made.backups) == (True, True, frozenset({"/x"}), ("docker.list",))
    assert Remembered().process(["end=yes"]) == Made()


def test_a_source_that_apply_emptied_comes_back_unless_somebody_has_changed_it_since() -> None:
    def host(text: str) -> Made:
        return Made(before={DOCKER_LIST: FileState(text.encode(), "644", "root:root")})

    urls = ["https://download.docker.com/linux"]
    both = f"deb http://archive.example.org stable main\n{ENTRY}"
    rest = both.removesuffix(ENTRY)
    assert replaced_sources(OURS, urls, host(ENTRY), {}) == [DOCKER_LIST]
    assert replaced_sources(OURS, urls, host(both), {DOCKER_LIST: rest}) == [DOCKER_LIST]
    assert replaced_sources(OURS, urls, host(both), {DOCKER_LIST: f"{rest}# mine\n"}) == []
    assert replaced_sources(OURS, ["https://nvidia.github.io"], host(ENTRY), {}) == []


def test_a_file_is_put_back_where_its_folder_has_gone_with_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a folder" / "config.toml"
    kept = Path(f"{tmp_path}/before{path}")
    kept.parent.mkdir(parents=True)
    kept.write_text("mine")
    monkeypatch.setattr(removal_files, "BEFORE", f"{tmp_path}/before")
    subprocess.run(["sh", "-c", removal_files.back(str(path)).get_raw_value()], check=True)
    assert path.read_text() == "mine"


def test_files_in_the_backup_stay_where_they_lie_nowhere_else() -> None:
    file = FileState(b"", "644", "root:root")
    before = {DOCKER_LIST: file, "/etc/wsl.conf": file, DAEMON_JSON: file}
    made = Made(backups=("daemon.json", "docker.list", "nvidia.yaml"), before=before)
    assert kept_backups(made, ["/etc/wsl.conf", DAEMON_JSON]) == ["nvidia.yaml", "wsl.conf"]
    assert kept_backups(made, [DOCKER_LIST]) == ["docker.list", "nvidia.yaml"]
    assert kept_backups(made, []) == ["nvidia.yaml"]


def test_of_two_files_of_before_with_one_name_both_are_in_the_backup_however_often_that_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal_state, "BEFORE", f"{tmp_path}/before")
    monkeypatch.setattr(removal_state, "BACKUPS", f"{tmp_path}/backup")
    for folder in ("one", "two"):
        (tmp_path / "before" / folder).mkdir(parents=True)
        (tmp_path / "before" / folder / "config.toml").write_text(folder)
    for path in ("/one/config.toml", "/one/config.toml", "/two/config.toml", "/two/config.toml"):
        subprocess.run(["sh", "-c", removal_state.saved(path).get_raw_value()], check=True)
    backup = {path.name: path.read_text() for path in (tmp_path / "backup").iterdir()}
    assert backup == {"config.toml": "two", "config.toml.~1~": "one"}


def test_inner_folders_go_first_and_dockers_own_with_a_docker_that_apply_brought() -> None:
    assert emptied(Made(folders=("/usr/local/lib", "/usr/local/lib/gpufleet"), packages=("docker-ce",))) == [
        "/usr/local/lib/gpufleet",
        "/usr/local/lib",
        "/etc/docker",
    ]
    containerd = Made(folders=("/etc/containerd/conf.d",), packages=("docker.io",), dependencies=("containerd",))
    assert emptied(containerd) == ["/etc/containerd/conf.d", "/etc/containerd", "/etc/docker"]
    assert emptied(Made(packages=("nvidia-container-toolkit",))) == []
    beside = Made(folders=("/etc/containerd/conf.d",), dependencies=("containerd",))
    assert emptied(beside) == ["/etc/containerd/conf.d", "/etc/containerd"]


def test_what_stays_of_packages_is_said_with_the_reason() -> None:
    found = {name: Package("1") for name in ("docker.io", "docker-ce", "ca-certificates", "openssl")}
    made = Made(known=True, packages=("ca-certificates", "docker-ce"), dependencies=("openssl",), removed=("runc",))
    plan = Brought(found, stay=("docker-ce",), rest=("openssl",))
    assert list(told(("docker.io", "docker-ce"), made, plan, last=True)) == [
        "Packages that stay, since others need them: docker-ce.",
        "Packages that stay, since they were there before: docker.io.",
        "Packages that apply removed on consent are not brought back: runc.",
        "Packages that came with apply and stay, since other programs may need them: ca-certificates, openssl.",
    ]


@pytest.mark.parametrize(
    ("plan", "goes"),
    [
        (Brought({"docker-ce": Package("1")}, go=("docker-ce", "docker-ce-cli")), True),
        (Brought({"docker-ce": Package("1")}, go=("docker-ce-cli",), stay=("docker-ce",)), False),
        (Brought({"docker-ce": Package("1"), "docker.io": Package("1")}, go=("docker-ce",)), False),
        (Brought({"docker-ce": Package("1")}), False),
        (Brought({"docker-ce-cli": Package("1")}, go=("docker-ce-cli",)), False),
    ],
    ids=["goes", "needed-by-another-package", "one-of-two", "was-there-before", "none-there"],
)
def test_a_daemon_need_not_be_told_of_anything_only_where_its_own_package_goes(plan: Brought, *, goes: bool) -> None:
    assert every_goes(("docker-ce", "docker.io"), plan) == goes


def test_of_a_host_without_that_memory_it_is_said_that_nobody_knows() -> None:
    plan = Brought({"docker-ce": Package("1")})
    (said,) = told(("docker-ce",), Made(state=True), plan, last=True)
    ending = "not known who installed them: `apt-get remove docker-ce` removes them."
    assert said.endswith(ending), "to purge docker.io would empty /var/lib/docker"


@pytest.mark.parametrize(
    ("of_apply", "of_a_removal"),
    [
        ("apply", "remove"),
        ("apply: a reload", "remove: a reload"),
        ("apply, then dockerd reloads it", "remove, then dockerd reloads it"),
        ("Look at dockerd, then apply again.", "Look at dockerd, then remove again."),
        ("make what apply made anew", "make what apply made anew"),
        ("Have it running.", "Have it running."),
    ],
)
def test_a_remedy_of_apply_is_said_as_one_of_a_removal(of_apply: str, of_a_removal: str) -> None:
    assert of_removal(of_apply) == of_a_removal


def test_what_an_operation_of_apply_finds_and_refuses_is_said_in_the_words_of_a_removal() -> None:
    difference, command = Difference(kind="config", resource="/x", expected="absent", observed="there"), StringCommand()
    found, kept = removing([Finding(difference), command])
    assert isinstance(found, Finding)
    assert found.difference == replace(difference, remedy="remove")
    assert kept is command

    way_out = "Start it, then apply again."
    refused, said = removing(refuse("dockerd", expected="an answer", observed="none", way_out=way_out, kind="unknown"))
    assert isinstance(refused, Finding)
    assert refused.difference.remedy == "Start it, then remove again."
    assert (refused.difference.refused, refused.difference.kind) == (True, "unknown")
    assert "Start it, then remove again." in str(said)


@pytest.mark.parametrize(
    ("container", "wants"),
    [
        (AnyContainer("a", "running", "nvidia", 0), True),
        (AnyContainer("a", "exited", "nvidia", 0), True),
        (AnyContainer("a", "exited", "runc", 1), True),
        (AnyContainer("a", "running", "runc", 0), False),
        (AnyContainer("web.1.x", "running", "nvidia", 0, "web"), True),
        (AnyContainer("web.1.x", "exited", "nvidia", 0, "web"), False),
    ],
)
def test_what_is_started_again_needs_the_toolkit_and_a_task_that_is_over_is_not(
    container: AnyContainer, wants: bool
) -> None:
    assert container.wants_gpus is wants


def test_containers_that_keep_docker_are_named_with_both_ways_out() -> None:
    left = [
        AnyContainer("mine", "running", "runc", 0),
        AnyContainer("over", "exited", "runc", 0),
        AnyContainer("web.1.x", "running", "runc", 0, "web"),
        AnyContainer("web.1.y", "exited", "runc", 0, "web"),
    ]
    found = keeps_docker(left, "keep: true")
    assert found.observed == "there for containers: mine (running), over (exited), web.1.x (running), web.1.y (exited)"
    assert found.remedy == (
        "if they may go `docker rm -f mine over` and `docker service rm web`, "
        "if Docker is to stay with them set keep: true: then remove again"
    )
    assert found.kind == "pending"
    assert keeps_docker(left[:1], "keep: true").remedy.startswith("if they may go `docker rm -f mine`, if Docker is")
    assert keeps_docker(left[2:], "keep: true").remedy.startswith("if they may go `docker service rm web`, if Docker")


def test_every_container_is_read_with_the_service_whose_task_it_is() -> None:
    rows = ["container=running|runc|0||/mine", "container=running|nvidia|2|web|/web.1.x", "end=yes"]
    assert EveryContainer().process(rows) == (
        AnyContainer("mine", "running", "runc", 0),
        AnyContainer("web.1.x", "running", "nvidia", 2, "web"),
    )
