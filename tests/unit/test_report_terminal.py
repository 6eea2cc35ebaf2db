"""The report for people."""

from __future__ import annotations

import io
import re
import time
from dataclasses import replace

import pytest

from gpufleet.report import terminal
from gpufleet.report.model import HostReport, Report, Unjudged
from gpufleet.report.text import cells
from tests.unit.report_cases import (
    CONFIG,
    DIFF,
    ESCAPES,
    EVERY_CLASS,
    HOSTILE,
    PENDING,
    STAMP,
    VERSION,
    clean,
    drifted,
    fleet,
    run,
    samples,
    unreachable,
)


def shown(report: Report, width: int = 100) -> list[str]:
    return terminal.text(report, colour=False, width=width).splitlines()


def test_one_host_in_sync_is_one_line_and_nothing_is_to_be_mended() -> None:
    assert shown(run(clean("gpu-01"))) == [
        "gpufleet check: 1 host of inventory.py, revision 4f2c91e, 2026-11-22 09:00 UTC, 7.4 s",
        "",
        "in sync  gpu-01: 31 items",
        "",
        "Checked 1 host: 31 of 31 items as declared.",
    ]


def test_the_worst_comes_first_and_hosts_in_sync_share_the_last_line() -> None:
    hosts = [clean(f"gpu-{number:02}") for number in range(1, 7)]
    found = shown(run(*hosts[:3], drifted("gpu-09"), *hosts[3:], drifted("gpu-08", *EVERY_CLASS[:2]), unreachable("x")))
    heads = [line for line in found if re.match(r"(UNKNOWN|DRIFTED|in sync)  ", line)]
    assert heads == [
        "UNKNOWN  x: no route to 10.0.0.5",
        "DRIFTED  gpu-08: 2 findings",
        "DRIFTED  gpu-09: 1 finding",
        "in sync  gpu-01..gpu-06 (6 hosts): 31 items each",
    ]


def test_a_finding_says_what_was_expected_and_found_since_when_and_what_to_do() -> None:
    found = shown(run(drifted("a", replace(CONFIG, diff="-old\n+new"), PENDING)))
    start = found.index("DRIFTED  a: 2 findings")
    assert found[start + 1 : start + 9] == [
        "         last change by an apply: 2026-11-20 03:12 (4f2c91e)",
        '  ~ config    /etc/docker/daemon.json: expected "log-driver": "local" -> found nothing',
        "              docker-engine.write-daemon-json, since 2026-11-20 03:12",
        "              -old",
        "              +new",
        "  > pending   container box: expected its declaration -> found an older one, in use by a session",
        "              sandbox.run-box",
        "              by hand: end that, then `gpufleet apply`",
    ]


def test_every_class_has_a_sign_of_its_own() -> None:
    found = shown(run(drifted("a", *EVERY_CLASS)))
    signs = {line.split()[1]: line.split()[0] for line in found if re.match(r"  \S \w", line)}
    assert signs == {"config": "~", "pending": ">", "runtime": "!", "version": "#", "unmanaged": "+", "unknown": "?"}


def test_a_long_diff_is_cut_and_says_how_much_is_left() -> None:
    found = shown(run(drifted("a")))
    assert "              +other 4" in found
    assert "              -line 5" not in found
    assert f"              ... {len(DIFF.splitlines()) - 12} more lines of this diff are in --json" in found


def test_the_last_line_mends_what_can_be_mended_and_nothing_else() -> None:
    report = run(drifted("b"), clean("c"), drifted("waits", PENDING), unreachable("d"), drifted("a"))
    assert shown(report)[-2:] == [
        "Checked 5 hosts: 121 of 124 items as declared, 3 findings on 3 hosts, 1 host unknown.",
        "Mend: gpufleet apply --limit b --limit a",
    ]
    assert "Mend:" not in shown(run(drifted("waits", PENDING)))[-1]


def test_the_command_repeats_what_the_run_was_given() -> None:
    given = {"inventory": "my hosts.yml", "roles": ("sandbox", "cuda_image")}
    assert shown(run(drifted("a"), clean("b"), **given))[-1] == (
        "Mend: gpufleet apply --inventory 'my hosts.yml' --limit a --roles sandbox cuda_image"
    )
    assert shown(run(drifted("a"), limits=("gpu*",)))[-1].endswith(" Mend: gpufleet apply --limit 'gpu*'")


def test_a_removal_is_repeated_with_the_consent_that_it_was_given() -> None:
    looked = run(drifted("a"), clean("b"), verb="remove --check", flags=("--containers",), roles=("sandbox",))
    assert shown(looked)[-1].endswith(" Remove: gpufleet remove --containers --limit a --roles sandbox")
    cut_short = run(replace(clean("a"), undone=("x",)), verb="remove", flags=("--containers", "--yes"))
    assert shown(cut_short)[-1].endswith(" Again: gpufleet remove --containers --yes")


def test_a_command_for_many_hosts_takes_those_of_the_run() -> None:
    assert shown(fleet(200))[-1] == "Mend: gpufleet apply"


def test_a_command_that_is_too_long_for_a_line_can_still_be_pasted() -> None:
    hosts = [drifted(f"gpu-{number}.a-rather-long-domain.example.com") for number in range(4)]
    found = shown(run(*hosts, clean("z")))
    command = found[next(index for index, line in enumerate(found) if line.startswith("Mend: ")) :]
    assert len(command) > 1
    assert all(line.endswith(" \\") for line in command[:-1])
    joined = "\n".join(command).removeprefix("Mend: ").replace("\\\n", "").split()
    assert joined == ["gpufleet", "apply", *(word for host in hosts for word in ("--limit", host.name))]


def test_hosts_with_the_same_findings_are_one_block_with_all_their_names() -> None:
    hosts = [drifted(f"gpu-{number}") for number in range(1, 13)]
    hosts[3] = replace(hosts[3], findings=(replace(CONFIG, since="2026-11-21T04:00:00+00:00"),))
    found = shown(run(*hosts))
    assert "DRIFTED  gpu-1..gpu-12 (12 hosts): 1 finding each" in found
    assert "              docker-engine.write-daemon-json, since 2026-11-20 03:12 to 2026-11-21 04:00" in found


def test_hosts_that_are_unreachable_for_the_same_reason_are_one_block() -> None:
    found = shown(run(*(unreachable(f"gpu-{number}", f"10.0.0.{number}") for number in range(1, 6))))
    assert found[2:4] == ["UNKNOWN  gpu-1..gpu-5 (5 hosts): no route to ADDRESS", "         ssh-keygen -R HOST"]


@pytest.mark.parametrize("count", [1, 8, 200, 500])
def test_any_number_of_hosts_stays_readable(count: int) -> None:
    found = shown(fleet(count))
    assert max(map(len, found)) <= 100
    assert sum(line.startswith("in sync ") for line in found) == 1
    assert len(found) < 10 + (1 + count // 10) * 40


def test_two_hundred_hosts_in_the_same_state_fit_a_screen() -> None:
    hosts = [drifted(f"gpu-{number:03}", *EVERY_CLASS[1:5]) for number in range(200)]
    assert len(shown(run(*hosts))) < 24


def test_five_hundred_hosts_take_less_than_a_fifth_of_a_second() -> None:
    report = run(*(drifted(f"h{n}", replace(CONFIG, observed=str(n)), *EVERY_CLASS[1:]) for n in range(500)))
    took = []
    for _ in range(3):
        start = time.process_time()
        terminal.text(report, colour=True)
        took.append(time.process_time() - start)
    assert min(took) < 0.2, took


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("number", range(len(samples())))
def test_no_line_is_wider_than_it_may_be(number: int, width: int) -> None:
    report = replace(samples()[number], inventory="inventory.py", roles=(), limits=())  # a command is not cut
    assert [line for line in shown(report, width) if cells(line) > width] == []


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("number", range(len(samples())))
def test_nothing_but_colours_reaches_the_terminal(number: int, colour: bool) -> None:
    text = terminal.text(samples()[number], colour=colour)
    assert all(character.isprintable() for character in ESCAPES.sub("", text).replace("\n", ""))
    assert ("\x1b" in text) is (colour and "\x1b" in terminal.text(samples()[number], colour=True))
    assert ESCAPES.sub("", text) == terminal.text(samples()[number], colour=False)


def test_control_characters_are_spelt_out() -> None:
    text = terminal.text(run(drifted(HOSTILE, replace(CONFIG, observed=HOSTILE))), colour=False)
    assert r"a\x1b[2Jb\r\nc\x07\x9b31m\u202egnp.exe\u2028\udcff\x00" in text.replace("\n", "").replace(" " * 14, "")
    assert "characters)" in text


def test_credentials_in_addresses_are_hidden_everywhere() -> None:
    secret = "https://user:s3cr@t@mirror/x"  # noqa: S105 - made up
    finding = replace(CONFIG, observed=secret, expected=secret, remedy=secret, diff=f"+{secret}", failure=secret)
    host = replace(unreachable("a"), why=secret, way_out=secret, notices=(secret,), facts={"mirror": secret})
    text = terminal.text(run(replace(host, findings=(finding,), mended=(finding,)), clean("b")), colour=False)
    assert "s3cr" not in text
    assert "@t@" not in text
    assert text.count("https://***@mirror/x") >= 9


def test_a_fact_in_which_hosts_differ_names_the_few() -> None:
    hosts = [clean(f"gpu-{number:02}") for number in range(1, 11)]
    assert not any(line.startswith("fleet") for line in shown(run(*hosts)))
    found = shown(run(*hosts, clean("gpu-11", "535.1"), replace(clean("gpu-12"), facts={"kernel": "6.1"})))
    assert "fleet    driver: 580.159.04 on 10 of 12, 535.1 on gpu-11, none on gpu-12" in found


def test_a_notice_stands_once_with_its_hosts() -> None:
    hosts = [replace(clean(f"gpu-{number}"), notices=('the key "dns" is yours',)) for number in range(1, 5)]
    assert 'notice   gpu-1..gpu-4: the key "dns" is yours' in shown(run(*hosts))
    assert 'notice   the key "dns" is yours' in shown(run(hosts[0]))


def test_items_that_wait_are_counted_by_what_they_wait_for() -> None:
    waiting = tuple(Unjudged(id=f"sandbox.run-{number}", why="it waits for docker.service") for number in range(6))
    found = shown(run(replace(drifted("a"), unjudged=waiting)))
    start = found.index(next(line for line in found if line.startswith("  - waits ")))
    assert found[start : start + 2] == [
        "  - waits     6 items (sandbox.run-0, sandbox.run-1, sandbox.run-2, sandbox.run-3 and 2 more) not",
        "              judged: it waits for docker.service",
    ]


def test_what_several_findings_of_an_item_have_in_common_stands_once_below_them() -> None:
    packages = [replace(VERSION, resource=name) for name in ("docker-ce", "docker-ce-cli", "containerd.io")]
    found = shown(run(drifted("a", *packages, replace(VERSION, id="other.item", resource="other"))))
    start = found.index(next(line for line in found if line.startswith("  # version")))
    assert [line.split()[2] if line[2] != " " else line.split(",")[0] for line in found[start : start + 6]] == [
        "docker-ce:",
        "docker-ce-cli:",
        "containerd.io:",
        "              docker-engine.install",
        "other:",
        "              other.item",
    ]


def test_apply_tells_what_was_mended_what_is_left_and_what_failed() -> None:
    failed = replace(CONFIG, diff=None, failure="apt: no space left")
    hosts = [replace(clean("a"), mended=(replace(CONFIG, diff=None),)), drifted("b", failed), clean("c")]
    found = shown(run(*hosts, verb="apply"))
    assert [line for line in found if line[:1] in {"D", "M", "i"}] == [
        "DRIFTED  b: 1 finding",
        "MENDED   a: 1 mended",
        "in sync  c: 31 items",
    ]
    assert '  = mended    /etc/docker/daemon.json: found nothing -> now "log-driver": "local"' in found
    assert "              failed: apt: no space left" in found
    assert found[-2:] == [
        "Applied to 3 hosts: 92 of 93 items as declared, 1 mended, 1 finding on 1 host, 1 failed.",
        "Again: gpufleet apply --limit b",
    ]


def test_an_interrupted_apply_tells_what_was_left_undone() -> None:
    host = replace(clean("a"), undone=("x.one", "x.two"), last_apply=replace(STAMP, in_progress=True))
    found = shown(run(host, clean("b"), verb="apply", signal=2))
    assert "DRIFTED  a: 2 left undone" in found
    assert "  - undone    not come to 2 items (x.one, x.two)" in found
    assert any(line.endswith("one after it did not come to its end") for line in found)
    assert found[-2].startswith("Interrupted by SIGINT. Applied to 2 hosts: ")
    assert found[-1] == "Again: gpufleet apply --limit a"


def test_a_verification_keeps_the_words_of_its_summary() -> None:
    hosts = [
        HostReport(name="fine", items=40, tests={"passed": 40, "skipped": 3}),
        HostReport(name="lost", why="no route to host", tests={"passed": 1, "not run": 5}, items=1),
        HostReport(name="idle", tests={"skipped": 2}),
    ]
    assert shown(run(*hosts, verb="verify")) == [
        "lost  not reached: no route to host, 1 passed, 5 not run",
        "idle  2 skipped, nothing verified",
        "fine  40 passed, 3 skipped",
    ]


def test_many_verified_hosts_in_the_same_state_share_a_line() -> None:
    hosts = [HostReport(name=f"gpu-{number}", items=40, tests={"passed": 40}) for number in range(1, 101)]
    assert shown(run(*hosts, verb="verify")) == ["gpu-1..gpu-100 (100 hosts)  40 passed"]


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """It is."""
        return True


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_terminals_that_want_them(
    environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "TERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream, file = Terminal(), io.StringIO()
    terminal.show(run(drifted("a")), stream)
    terminal.show(run(drifted("a")), file)
    assert ("\x1b[" in stream.getvalue()) is coloured
    assert "\x1b" not in file.getvalue()


def test_a_terminal_s_own_width_counts_up_to_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, widest in (("60", 60), ("300", 100)):
        monkeypatch.setenv("COLUMNS", columns)
        stream = Terminal()
        terminal.show(run(drifted("a", replace(CONFIG, expected="word " * 80))), stream)
        found = [cells(line) for line in ESCAPES.sub("", stream.getvalue()).splitlines()]
        assert widest - 10 < max(found) <= widest


def test_what_the_encoding_does_not_have_is_spelt_out() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    terminal.show(run(drifted("日本")), stream)
    assert rb"DRIFTED  \u65e5\u672c: 1 finding" in raw.getvalue()


def test_a_command_is_not_broken_so_that_it_can_be_copied() -> None:
    command = "ssh-keygen -R gpu-07 -f /home/anna/.ssh/known_hosts && ssh-keyscan -t ed25519 gpu-07.example.org >> x"
    host = HostReport(name="gpu-07", why="host key changed", way_out=command)
    assert f"         {command}" in shown(run(host))
