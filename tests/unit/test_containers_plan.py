"""What is done about a container, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gpufleet.containers.layer import Layer
from gpufleet.containers.plan import plan
from gpufleet.containers.words import contents, replaced
from tests.unit.container_cases import INIT, OTHER_IMAGE, SHELL, SLEEP, WANTED, as_made, host_with

if TYPE_CHECKING:
    from gpufleet.containers.inspected import Observed

OTHER = replace(WANTED, shm_bytes=1 << 30)
PREVIOUS = as_made(OTHER, name="py.previous", status="exited")


def test_a_missing_one_is_made() -> None:
    assert plan("py", WANTED, host_with()).action == "create"


def test_one_as_declared_that_runs_is_left_alone_whatever_goes_on_in_it() -> None:
    assert plan("py", WANTED, host_with(as_made(), processes=(INIT, SLEEP, SHELL))).action == "nothing"


@pytest.mark.parametrize("status", ["created", "exited", "paused", "restarting", "dead"])
def test_one_as_declared_that_does_not_run_is_started(status: str) -> None:
    assert plan("py", WANTED, host_with(as_made(status=status), processes=())).action == "start"


def test_one_whose_folder_was_removed_from_the_host_is_started_again() -> None:
    removed = as_made(deleted=frozenset({"/app"}))
    assert plan("py", WANTED, host_with(removed)).action == "restart"
    assert plan("py", WANTED, host_with(as_made(deleted=frozenset({"/etc/hosts"})))).action == "nothing"
    assert plan("py", WANTED, host_with(as_made(OTHER, deleted=frozenset({"/app"})))).action == "replace"


def test_a_container_is_not_judged_by_a_name_that_stands_for_another_content() -> None:
    name = "gpufleet/cuda:13-0123456789ab"
    wanted = replace(WANTED, image=name)
    for labels, action in (({}, "nothing"), ({"gpufleet.content": "0123456789ab" + "c" * 52}, "replace")):
        state = replace(host_with(as_made(wanted)), images={name: replace(OTHER_IMAGE, labels=labels)})
        assert plan("py", wanted, state).action == action


def test_an_idle_one_that_differs_is_replaced() -> None:
    found = plan("py", WANTED, host_with(as_made(OTHER)))
    assert (found.action, contents(found.gaps)) == ("replace", "shm size 1g instead of 16g")


def test_one_in_use_that_differs_is_left_and_its_use_named() -> None:
    found = plan("py", WANTED, host_with(as_made(OTHER), processes=(INIT, SLEEP, SHELL)))
    assert (found.action, found.uses) == ("wait", ("processes: bash",))


@pytest.mark.parametrize("labels", [{}, {"gpufleet.sandbox": "another"}])
def test_somebody_elses_is_left_unless_it_is_just_as_declared(labels: dict[str, str]) -> None:
    assert plan("py", WANTED, host_with(as_made(OTHER, labels=labels))).action == "foreign"
    assert plan("py", WANTED, host_with(as_made(labels=labels))).action == "nothing"


@pytest.mark.parametrize(
    "new",
    [
        None,
        as_made(status="created", started=False),
        as_made(replace(WANTED, restart="no"), status="exited"),
        as_made(replace(WANTED, restart="no"), status="restarting"),
    ],
    ids=["not made", "not started", "made for something else", "cannot run"],
)
def test_after_a_swap_that_was_cut_off_the_old_one_comes_back_and_is_replaced_then(new: Observed | None) -> None:
    host = host_with(PREVIOUS, *([new] if new else []), processes=())
    found = plan("py", WANTED, host)
    assert (found.settle, found.action) == ("restore", "replace")
    assert found.current
    assert found.current.id == PREVIOUS.id


def test_an_old_one_that_is_still_used_comes_back_and_goes_on() -> None:
    found = plan("py", WANTED, host_with(replace(PREVIOUS, status="running"), processes=(INIT, SLEEP, SHELL)))
    assert (found.settle, found.action) == ("restore", "wait")


def test_a_new_one_that_runs_stays_and_the_old_one_goes() -> None:
    found = plan("py", WANTED, host_with(PREVIOUS, as_made()))
    assert (found.settle, found.action) == ("drop", "nothing")


def test_a_new_one_as_declared_is_tried_before_the_old_one_goes() -> None:
    found = plan("py", WANTED, host_with(PREVIOUS, as_made(status="exited"), processes=()))
    assert (found.settle, found.action) == ("", "start")


def test_a_previous_one_of_somebody_elses_means_nothing() -> None:
    host = host_with(replace(PREVIOUS, labels={}))
    assert (plan("py", WANTED, host).settle, plan("py", WANTED, host).action) == ("", "create")


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Layer(0, 0), "it wrote nothing"),
        (Layer(12, 34_000_000), "(12 files and folders, 34.0 MB)"),
        (Layer(3, None), "(3 files and folders)"),
        (None, "could not be counted"),
    ],
)
def test_what_a_container_loses_is_counted(layer: Layer | None, words: str) -> None:
    assert words in replaced(layer)


def test_a_new_one_that_has_run_is_named_before_the_old_one_comes_back() -> None:
    new = as_made(replace(WANTED, restart="no"), status="exited")
    found = plan("py", WANTED, host_with(PREVIOUS, new, processes=()))
    assert (found.settle, found.dropped) == ("restore", new)
    never_ran = replace(new, status="created", started=False)
    assert plan("py", WANTED, host_with(PREVIOUS, never_ran, processes=())).dropped is None


def test_a_new_one_that_somebody_paused_is_never_dropped() -> None:
    new = as_made(OTHER, status="paused")
    found = plan("py", WANTED, host_with(PREVIOUS, new, processes=(INIT, SLEEP, SHELL)))
    assert (found.settle, found.action) == ("drop", "wait")


def test_the_processes_by_which_one_was_judged_idle_are_kept() -> None:
    assert plan("py", WANTED, host_with(as_made(OTHER))).processes == (INIT.pid, SLEEP.pid)


def test_volumes_are_named_with_where_they_go() -> None:
    words = replaced(Layer(0, 0), handed=[("/data", "a1")], left=[("/other", "b2")])
    assert "its volumes go over to the new one (/data)" in words
    assert words.endswith("volumes that stay, in no container: b2 of /other")
