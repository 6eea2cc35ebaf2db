"""What the benchmarks work out: which runs count, and what their figures come to."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from benchmarks import programs, recording, side_by_side, simulated, slow_network
from benchmarks.measure import Run, Series, environment
from gpufleet.run import batch
from gpufleet.run.batch import Answer, Question

NONCE = "0123456789abcdef"
ROOT = (("_sudo", True),)
RECAP = """
PLAY RECAP ****
a : ok=26   changed=0    unreachable=0    failed=0    skipped=6    rescued=0    ignored=0
b : ok=26   changed={changed}    unreachable=0    failed=0    skipped=6    rescued=0    ignored=0
"""
TABLE = """
--> Results:
    Operation                    Hosts  Success  Error  No Change
    Docker | Install it            2      {changed}      -       2
    Grand total                    2      {changed}      -       2
"""


def ended(output: str, code: int = 0) -> Run:
    return Run(code, output, 1.0, 0.5)


def report(**host: object) -> str:
    return json.dumps({"hosts": [{"name": "a", "status": "in_sync", "mended": [], "commands": 2, **host}]})


def test_a_run_of_gpufleet_counts_when_every_host_is_in_sync_and_nothing_was_mended() -> None:
    assert programs.in_sync(ended(report()), 1) is None


@pytest.mark.parametrize(
    ("run", "hosts"),
    [
        (ended(report(), code=2), 1),
        (ended(report()), 2),
        (ended(report(status="drifted")), 1),
        (ended(report(mended=[{"id": "x"}])), 1),
    ],
)
def test_a_run_of_gpufleet_that_found_mended_or_missed_something_does_not_count(run: Run, hosts: int) -> None:
    assert programs.in_sync(run, hosts)


def test_a_run_of_ansible_counts_when_no_host_was_changed() -> None:
    assert programs.nothing_changed(ended(RECAP.format(changed=0)), 2) is None


def test_a_run_of_ansible_that_exits_with_0_and_changed_a_host_does_not_count() -> None:
    assert "b" in (programs.nothing_changed(ended(RECAP.format(changed=1)), 2) or "")


def test_a_run_of_ansible_without_a_host_does_not_count() -> None:
    assert programs.nothing_changed(ended(RECAP.format(changed=0)), 3)


def test_a_run_of_pyinfra_counts_by_its_table() -> None:
    assert programs.nothing_executed(ended(TABLE.format(changed="-")), 2) is None
    assert programs.nothing_executed(ended(TABLE.format(changed="1")), 2)
    assert programs.nothing_executed(ended("--> Connecting"), 2)


def test_remote_commands_are_those_of_the_host_that_had_most() -> None:
    told = "<10.0.0.1> SSH: EXEC ssh a\n<10.0.0.2> SSH: EXEC ssh b\n<10.0.0.1> SSH: EXEC ssh c\n"
    assert programs.busiest(programs.COMMAND_OF_ANSIBLE, told) == 2
    told = "    [pyinfra.connectors.ssh] Running command on web-1: (pty=False) sh -c true\n"
    assert programs.busiest(programs.COMMAND_OF_PYINFRA, told) == 1


def test_a_series_shows_its_median_and_its_range() -> None:
    assert str(Series((3.0, 1.0, 1.5))) == "1.50 (1.00-3.00)"


def test_python_may_keep_what_it_compiled_in_every_program_that_is_measured() -> None:
    found = environment({"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/root"})
    assert found == {"HOME": "/root", "NO_COLOR": "1"}


def test_rows_line_up_under_their_heads() -> None:
    row = side_by_side.Row("1 host", "gpufleet check", (1.0, 2.0, 3.0), (0.5, 0.5, 0.5), 2, (0.1, 0.2))
    head, line = side_by_side.table([row]).splitlines()
    assert len(head) == len(line)
    assert "2.00 (1.00-3.00)" in line


def rows(*costs: tuple[int, float]) -> list[dict[str, Any]]:
    return [{"hosts": count, "cpu": cost, "seconds": cost, "megabytes": cost} for count, cost in costs]


def test_a_start_that_takes_long_is_no_cost_of_a_host() -> None:
    assert simulated.per_host(rows((1, 10.0), (11, 11.0), (21, 12.0)), "cpu") == pytest.approx([0.1, 0.1])


def test_hosts_that_cost_the_same_each_pass() -> None:
    assert simulated.insist_on_linear(rows((1, 1.0), (50, 50.0), (500, 510.0)))["cpu"] == pytest.approx(1.02, abs=0.01)


def test_hosts_that_cost_more_the_more_there_are_fail() -> None:
    with pytest.raises(simulated.NotLinearError):
        simulated.insist_on_linear(rows((1, 1.0), (50, 50.0), (500, 5000.0)))


def asked() -> str:
    texts = ["sh -c 'echo a\nq7() {'", "true", "cat <<'x'\n)\nx"]
    questions = [Question(texts[0]), Question(texts[1], ROOT), Question(texts[2], ROOT)]
    return batch.script(questions, {(): "", ROOT: "sudo -H -n sh -c sh"}, NONCE)


def test_a_simulated_host_is_understood_as_the_recorded_one_was() -> None:
    printed = ["a", "", "", f"{NONCE} 0 0", "", f"{NONCE} 1 3", "b", "", f"{NONCE} 2 0"]
    known = recording.recorded(asked(), printed)
    assert known["true"] == Answer(3, ())
    assert batch.answers(recording.answered(asked(), known), NONCE) == batch.answers(printed, NONCE)


def test_a_question_that_the_recorded_host_was_not_asked_ends_the_simulation() -> None:
    with pytest.raises(recording.UnknownQuestionError, match="true"):
        recording.answered(asked(), {"sh -c 'echo a\nq7() {'": Answer(0, ())})


def test_a_script_of_another_form_is_no_script_without_questions() -> None:
    with pytest.raises(recording.UnknownQuestionError):
        recording.questions("sh -c true")


def test_what_goes_over_the_slow_network_arrives_whole_in_order_and_later() -> None:
    async def send() -> tuple[bytes, float]:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.read())
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        source = asyncio.StreamReader()
        for part in (b"one ", b"two ", b"three"):
            source.feed_data(part)
        source.feed_eof()
        began = asyncio.get_running_loop().time()
        await slow_network.later(source, writer, 0.05)
        received = await reader.read()
        writer.close()
        server.close()
        return received, asyncio.get_running_loop().time() - began

    received, seconds = asyncio.run(send())
    assert received == b"one two three"
    assert seconds >= 0.05
