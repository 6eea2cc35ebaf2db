"""containerd's configuration: what is added to it, and taken out again."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from gpufleet.containerd.drop_in import Wish, drop_in, file_version
from gpufleet.containerd.imports import ImportsError, imports, with_import, without_import
from gpufleet.containerd.sections import AmbiguousError, users_section
from gpufleet.containerd.state import IMPORT, imported
from gpufleet.containerd.toml_text import TomlTextError, at, parse, render
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.containerd import ContainerdRuntime
from tests.unit.containerd_cases import DEBIAN, DOCKER, PROGRAM, V2, V3, WISH, entry

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def lists() -> Iterator[str]:
    """Lists as people write them: blanks, lines, comments and commas in each place where TOML takes them."""
    gaps = ("", " ", "\n", "\t\n  ", " # c\n", f'\n  # "x", ["{IMPORT}"], "{IMPORT}",\n  ')
    elements = ("", '"/a"', "'/a'", "\"/a\", '/b'", '"/a,]#\\"",\n"/b" # "no"\n')
    for before, held, after, comma, last in product(gaps, elements, gaps, ("", ","), gaps):
        if held or not (after or comma):
            yield f"[{before}{held}{after}{comma}{last}]"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_however_a_list_is_written_on_and_off_leave_it_byte_for_byte_as_it_was(end: str) -> None:
    forms = [*lists()]
    assert len(forms) > 1000
    for text in forms:
        for around in ("imports = {}", "# c\nversion = 2\n  imports={} # mine\n\n[grpc]\n  x = 1"):
            before = around.format(text).replace("\n", end).encode()
            changed = with_import(before, IMPORT)
            assert imports(changed) == [*imports(before), IMPORT]
            assert without_import(changed, IMPORT) == before


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_without_a_list_on_and_off_leave_the_file_as_it_was_too(end: str) -> None:
    parts = ("", "\n", "# c\n", "version = 2\n", "  root = '/r' # c\n", "[grpc]\n  uid = 0\n", f"#{IMPORT}")
    for chosen in product(parts, repeat=4):
        text = "".join(chosen)
        for before in {text.replace("\n", end).encode(), text.rstrip("\n").replace("\n", end).encode()}:
            if read(before) is not None:
                assert without_import(with_import(before, IMPORT), IMPORT) == before


def read(raw: bytes) -> object:
    """None where it is no TOML, as one with a table twice."""
    try:
        return parse(raw)
    except TomlTextError:
        return None


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


@pytest.mark.parametrize("text", [f"# see {IMPORT}\n", f'# imports = ["{IMPORT}"]\nimports = ["/a"]\n'])
def test_a_comment_that_names_the_import_is_no_import_and_stays(text: str) -> None:
    assert without_import(text.encode(), IMPORT).decode() == text


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


def test_the_default_runtime_and_cdi_are_there_as_declared() -> None:
    made = parse(drop_in(Wish(entry(), cdi=False, default=True), "2.1.9", b"", {}).encode())
    assert at(made, "plugins", V3, "containerd", "default_runtime_name") == "nvidia"
    assert at(made, "plugins", V3, "enable_cdi") is None
