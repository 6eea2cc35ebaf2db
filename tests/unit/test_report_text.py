"""Text of unknown origin, made fit for a terminal."""

import pytest

from gpufleet.report.text import abridged, cells, cut, moment, printable, wrapped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, äöü 日本", "plain text, äöü 日本"),
        ("\x1b[31mred\x1b]0;title\x07", r"\x1b[31mred\x1b]0;title\x07"),
        ("one\ntwo\r\tthree", r"one\ntwo\r\tthree"),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
        ("gnp\u202egpj.exe\u200b\u2066", r"gnp\u202egpj.exe\u200b\u2066"),
        ("\udcff\U000e0041", r"\udcff\U000e0041"),
    ],
)
def test_what_a_terminal_would_act_on_is_spelt_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("", 0), ("ä", 1)])
def test_width_is_counted_in_cells(text: str, width: int) -> None:
    assert cells(text) == width


def test_a_long_text_is_cut_and_says_so() -> None:
    assert cut("abcdefgh", 8) == "abcdefgh"
    assert cut("abcdefghi", 8) == "abcde..."
    assert cut("日本日本日", 8) == "日本..."
    assert abridged("x" * 20, 5) == "xxxxx... (20 characters)"
    assert abridged("a\nb", 5) == r"a\nb"


@pytest.mark.parametrize("width", [10, 17, 40])
@pytest.mark.parametrize(
    "text", ["one two three four five", "x" * 100, "日本語" * 20, "a " + "y" * 50 + " b", "  a  b"]
)
def test_wrapped_lines_fit_and_hold_everything(text: str, width: int) -> None:
    lines = wrapped(text, width, "* ", "    ")
    assert all(cells(line) <= width for line in lines)
    assert lines[0].startswith("* ") or lines[0] == "*"
    assert all(line.startswith("    ") for line in lines[1:])
    assert "".join(lines).replace(" ", "").removeprefix("*") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-20T03:12:45+00:00", "2026-11-20 03:12"),
        ("2026-11-20T03:12:45Z", "2026-11-20 03:12"),
        ("2026-11-20T05:12:45+02:00", "2026-11-20 03:12"),
        ("2026-11-20T03:12:45", "2026-11-20 03:12"),
        ("last\nweek", r"last\nweek"),
    ],
)
def test_a_time_is_short_and_in_utc(text: str, shown: str) -> None:
    assert moment(text) == shown
