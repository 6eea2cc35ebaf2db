"""JSON text: read exactly, kept as written, refused with line and column."""

from __future__ import annotations

import codecs

import pytest

from gpufleet.dockerd.json_reader import DEEPEST, JsonTextError
from gpufleet.dockerd.json_text import parse_object
from gpufleet.dockerd.json_tree import compact, from_plain, render, same

AS_WRITTEN = """\
{
    "number": 12345678901234567,
    "exponent": 1.0e3,
    "minus": -0,
    "text": "<>&\\u00e9é\\/",
    "none": null,
    "empty": {},
    "list": [
        1,
        [],
        {
            "deep": true
        }
    ]
}
"""


def test_every_value_comes_back_as_it_was_written() -> None:
    assert render(parse_object(AS_WRITTEN.encode())) == AS_WRITTEN


def test_only_blanks_are_written_anew() -> None:
    squeezed = "".join(line.strip() for line in AS_WRITTEN.splitlines())
    assert render(parse_object(squeezed.encode())) == AS_WRITTEN


@pytest.mark.parametrize("raw", [b"", b" \n\t", codecs.BOM_UTF8, codecs.BOM_UTF16_LE + "\n".encode("utf-16-le")])
def test_an_empty_file_holds_an_empty_object(raw: bytes) -> None:
    assert parse_object(raw) == {}


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_byte_order_mark_says_how_to_read(mark: bytes, encoding: str) -> None:
    assert render(parse_object(mark + AS_WRITTEN.encode(encoding))) == AS_WRITTEN


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ('{"a": 1,}', 1, 8, "a comma before"),
        ('{"a": [1,\n]}', 1, 9, "a comma before"),
        ('{\n  // kept small\n  "a": 1\n}', 2, 3, "a comment"),
        ('{"a": 1 # why\n}', 1, 9, "a comment"),
        ('{"a": /* why */ 1}', 1, 7, "a comment"),
        ("[]", 1, 1, "an array"),
        ("\n  null", 2, 3, "null"),
        ("7", 1, 1, "a single value"),
        ('{"a": 1', 1, 8, "the end of the file"),
        ('{"a" 1}', 1, 6, '":"'),
        ('{"a": 1 "b": 2}', 1, 9, '"," or "}"'),
        ("{a: 1}", 1, 2, "double quotes"),
        ("{'a': 1}", 1, 2, "double quotes"),
        ('{"a": tru}', 1, 7, "a value"),
        ('{"a": NaN}', 1, 7, "a value"),
        ('{"a": 012}', 1, 7, "a value"),
        ('{"a": +1}', 1, 7, "a value"),
        ('{"a": "x\n"}', 1, 7, "a string"),
        ('{"a": "\\x"}', 1, 7, "a string"),
        ('{"a": 1} {}', 1, 10, "after the end"),
        ('{"a": 1, "é": 2,\n "é": 3}', 2, 2, "second time"),
        ("{,}", 1, 2, "double quotes"),
    ],
)
def test_what_is_no_object_is_refused_with_line_and_column(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(JsonTextError, match=f"^line {line}, column {column}: ") as caught:
        parse_object(text.encode())
    assert reason in caught.value.reason


def test_a_byte_that_is_no_text_is_found() -> None:
    with pytest.raises(JsonTextError, match=r"^line 2, column 7: a byte that is not UTF-8"):
        parse_object(b'{\n"a": "\xff"}')
    with pytest.raises(JsonTextError, match="UTF-16-LE"):
        parse_object(codecs.BOM_UTF16_LE + b"{\x00}")


def test_a_file_without_end_in_depth_is_refused() -> None:
    with pytest.raises(JsonTextError, match=str(DEEPEST)):
        parse_object(b'{"a":' + b"[" * 100_000)


def test_a_message_shows_nothing_of_the_values() -> None:
    with pytest.raises(JsonTextError) as caught:
        parse_object(b'{"a": hunter2}')
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', True),
        ('{"a": 1.0e3}', '{"a": 1000}', True),
        ('{"a": "\\u00e9"}', '{"a": "é"}', True),
        ('{"a": 12345678901234567}', '{"a": 12345678901234568}', False),
        ('{"a": 1}', '{"a": true}', False),
        ('{"a": 0}', '{"a": false}', False),
        ('{"a": "1"}', '{"a": 1}', False),
        ('{"a": null}', "{}", False),
        ('{"a": [1, 2]}', '{"a": [2, 1]}', False),
        ('{"a": []}', '{"a": {}}', False),
    ],
)
def test_contents_are_compared_by_what_they_mean(one: str, other: str, equal: bool) -> None:
    assert same(parse_object(one.encode()), parse_object(other.encode())) is equal


def test_declared_values_become_json() -> None:
    tree = from_plain({"s": "<é>", "n": 12345678901234567, "f": 0.5, "b": True, "z": None, "l": [1, {"x": ()}]})
    assert compact(tree) == (
        '{"s": "<é>", "n": 12345678901234567, "f": 0.5, "b": true, "z": null, "l": [1, {"x": []}]}'
    )


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, b"x", object()])
def test_a_declared_value_without_a_form_in_json_is_an_error(value: object) -> None:
    with pytest.raises(ValueError, match="no form in JSON"):
        from_plain({"key": value})
