"""How a host reaches indexes, archives and the world, and what of it a build is told."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from gpufleet.images import archive, index, proxies
from gpufleet.images.reach import BuildReach, HostReach, build_reach

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = """
[global]
index-url = https://user:secret@pypi.corp.example/simple
extra-index-url =
    https://one.example/simple
    file:///srv/packages/simple
cert = /etc/pki/corp.pem
constraint = /etc/pip/constraints.txt
[install]
trusted-host = pypi.corp.example
target = /opt/python
"""


def test_only_what_says_where_packages_come_from_goes_into_a_build() -> None:
    assert index.pip_settings([MACHINE], {}) == {
        "index-url": "https://user:secret@pypi.corp.example/simple",
        "extra-index-url": "https://one.example/simple",
        "trusted-host": "pypi.corp.example",
        "cert": "/etc/pki/corp.pem",
    }


def test_a_later_file_wins_install_wins_over_global_and_variables_win_over_all() -> None:
    later = "[global]\nindex_url = https://later.example/simple\ntrusted-host = later.example\n"
    found = index.pip_settings([MACHINE, later], {})
    assert found["index-url"] == "https://later.example/simple"
    assert found["trusted-host"] == "pypi.corp.example"
    variables = {"PIP_INDEX_URL": "https://variable.example/simple", "PIP_DEFAULT_TIMEOUT": "60", "PATH": "/bin"}
    found = index.pip_settings([MACHINE, later], variables)
    assert (found["index-url"], found["timeout"]) == ("https://variable.example/simple", "60")


def test_paths_of_the_host_are_not_handed_to_a_build() -> None:
    text = "[global]\nfind-links = /opt/wheels https://wheels.example/ ./here\nindex-url = file:///srv/pypi\n"
    assert index.pip_settings([text], {}) == {"find-links": "https://wheels.example/"}


@pytest.mark.parametrize("broken", ["no section = 1", "[global\nx", "[global]\nindex-url = a\nindex-url = b\n"])
def test_a_pip_configuration_that_cannot_be_read_says_nothing(broken: str) -> None:
    assert index.pip_settings([broken, "[global]\nretries = 2"], {}) == {"retries": "2"}


def test_percent_signs_in_passwords_are_left_alone() -> None:
    text = "[global]\nindex-url = https://u:p%40ss@x.example/simple\n"
    assert index.pip_variables(index.pip_settings([text], {})) == {"PIP_INDEX_URL": "https://u:p%40ss@x.example/simple"}


def test_the_environment_file_is_read_as_pam_reads_it() -> None:
    text = "# http_proxy=no\nexport https_proxy='http://p:1'\nHTTP_PROXY=\"http://p:2\"\nPATH=/bin\nbroken\n"
    assert proxies.environment(text) == {"https_proxy": "http://p:1", "HTTP_PROXY": "http://p:2", "PATH": "/bin"}
    assert proxies.of_variables(proxies.environment(text)) == {"http_proxy": "http://p:2", "https_proxy": "http://p:1"}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", {}),
        (b"[1]", {}),
        (b"{broken", {}),
        (b'{"debug": true}', {}),
        (
            b'{"proxies": {"http-proxy": "http://p:1", "no-proxy": "*.corp"}}',
            {"http_proxy": "http://p:1", "no_proxy": "*.corp"},
        ),
    ],
)
def test_proxies_of_daemon_json_are_read(content: bytes, found: dict[str, str]) -> None:
    assert proxies.of_daemon_json(content) == found


def test_the_first_source_that_names_a_proxy_counts_whole() -> None:
    only_exempt, second = {"no_proxy": "a"}, {"https_proxy": "http://p:2"}
    assert proxies.chosen([only_exempt, {}, second, {"http_proxy": "http://p:3", "no_proxy": "b"}]) == second
    assert proxies.chosen([only_exempt]) == {}


def test_a_cache_of_apts_serves_nobody_else() -> None:
    cache = 'Acquire::http::Proxy "http://cache:3142";\n'
    assert reach(apt=cache) == BuildReach(apt_options=cache)
    assert reach(apt=cache + 'Acquire::https::Proxy "DIRECT";').variables == ""
    assert "https_proxy=http://p:1\n" in reach(apt=cache + 'Acquire::https::Proxy "http://p:1";').variables


def test_an_index_that_is_not_to_be_asked_stays_unasked() -> None:
    text = "[global]\nno-index = true\nfind-links = https://wheels.example/\n"
    expected = {"PIP_NO_INDEX": "true", "PIP_FIND_LINKS": "https://wheels.example/"}
    assert index.pip_variables(index.pip_settings([text], {})) == expected


def test_a_shell_reads_the_exports_back_whatever_they_hold() -> None:
    value = "http://u:a'b$(c)`d`\"e f@p:1"
    script = (
        proxies.exports({"http_proxy": value, "PIP_INDEX_URL": "x y"}) + 'printf "%s\\n" "$HTTP_PROXY" "$PIP_INDEX_URL"'
    )
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == f"{value}\nx y\n"


DEBIAN = """\
# deb http://old.example/debian trixie main
deb [signed-by=/usr/share/keyrings/vendor.gpg] https://vendor.example/debian trixie main
deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian/ trixie main
deb http://security.example/security trixie-security main
deb-src http://source.example/debian trixie main
"""
UBUNTU = """\
Types: deb
URIs: https://mirror.example/ubuntu/
Suites: noble noble-updates
 noble-security
Components: main
 universe
# Enabled: no
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg

Types: deb
URIs: https://off.example/ubuntu
Suites: noble
Components: main
Enabled: no
"""


def pointed(script: str, tmp_path: Path, text: str) -> str:
    """What sed makes of a base's sources."""
    (tmp_path / "script").write_text(script)
    command = ["sed", "-E", "-f", str(tmp_path / "script")]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def test_the_sources_of_a_debian_base_point_to_the_hosts_mirror(tmp_path: Path) -> None:
    script = archive.mirror_script({"/etc/apt/sources.list": DEBIAN}, "debian", "trixie")
    base = (
        "Types: deb\nURIs: http://archive.example/debian\nSuites: trixie\n\nURIs: http://archive.example/debian-security\n"
        "deb http://archive.example/debian bookworm main\ndeb https://vendor.example/linux/debian trixie stable\n"
    )
    assert pointed(script, tmp_path, base) == (
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\n\nURIs: http://security.example/security\n"
        "deb http://mirror.example/debian bookworm main\ndeb https://vendor.example/linux/debian trixie stable\n"
    )


VENDOR = "deb http://vendor.example/apt trixie main\n"
SIGNED = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://cache.example/d/ trixie main\n"


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        (VENDOR + "deb http://mirror.example/debian trixie main\n", "http://mirror.example/debian"),
        ("deb http://mirror.example/debian trixie main\n" + SIGNED, "http://cache.example/d"),
        ("deb http://mirror.example/everything trixie main\n", "http://mirror.example/everything"),
    ],
)
def test_what_is_most_surely_the_archive_counts_first(text: str, taken: str, tmp_path: Path) -> None:
    script = archive.mirror_script({"/etc/apt/sources.list": text}, "debian", "trixie")
    assert pointed(script, tmp_path, "URIs: http://archive.example/debian\n") == f"URIs: {taken}\n"


def test_the_sources_of_an_ubuntu_base_point_to_the_hosts_mirror(tmp_path: Path) -> None:
    script = archive.mirror_script({"/etc/apt/sources.list.d/ubuntu.sources": UBUNTU}, "ubuntu", "noble")
    assert (
        pointed(script, tmp_path, "URIs: http://archive.example/ubuntu/\n") == "URIs: https://mirror.example/ubuntu\n"
    )
    assert pointed(script, tmp_path, "URIs: http://archive.example/debian\n") == "URIs: http://archive.example/debian\n"


@pytest.mark.parametrize(
    "text",
    [
        "deb cdrom:[Debian 13]/ trixie main",
        "deb mirror+file:/etc/apt/mirrors/debian.list trixie main",
        "deb http://mirror.example/debian bookworm main",
        "deb http://mirror.example/debian trixie contrib",
        "",
    ],
)
def test_what_is_no_archive_of_the_release_on_a_network_is_left_out(text: str) -> None:
    assert archive.mirror_script({"/etc/apt/sources.list": text}, "debian", "trixie") == ""


def test_of_apts_configuration_only_what_is_about_the_network_goes_along() -> None:
    dump = (
        'APT "";\nAPT::Architecture "amd64";\nAcquire::http::Proxy "http://p:1";\nAcquire::https::CAInfo "/host.pem";\n'
        'Acquire::http::Proxy::intern.example "DIRECT";\nAcquire::Check-Date "false";\n'
        'Acquire::http::Proxy-Auto-Detect "/x";\n'
        'Acquire::Retries "";\nDPkg::Pre-Invoke "";\n'
    )
    assert archive.apt_settings(dump) == {
        "Acquire::http::Proxy": "http://p:1",
        "Acquire::http::Proxy::intern.example": "DIRECT",
        "Acquire::Check-Date": "false",
    }


def reach(**said: object) -> BuildReach:
    return build_reach(HostReach(**{"apt_sources": {}, **said}), "debian", "trixie")  # type: ignore[arg-type]


def test_dockerds_proxy_counts_before_that_of_the_host_and_that_before_apts() -> None:
    said = {
        "daemon_json": b'{"proxies": {"https-proxy": "http://daemon:1"}}',
        "dockerd": "HTTPS_PROXY=http://unit:1",
        "environment": "https_proxy=http://environment:1",
        "apt": 'Acquire::https::Proxy "http://apt:1";',
    }
    found = []
    while said:
        found += re.findall(r"https_proxy=http://(\w+)", reach(**said).variables)
        said.pop(next(iter(said)))
    assert found == ["daemon", "unit", "environment", "apt"]


def test_pips_certificates_are_its_own_or_those_of_the_host() -> None:
    own = reach(pip=("[global]\ncert = /corp.pem",), certificates="/bundle.crt")
    assert (own.certificates, own.pip_certificates) == ("/bundle.crt", "/corp.pem")
    assert reach(certificates="/bundle.crt").pip_certificates == "/bundle.crt"
    assert reach() == BuildReach()


def test_apts_certificates_are_its_own_or_those_of_the_host() -> None:
    own = reach(apt='Acquire::https::CaInfo "/corp.pem";', certificates="/bundle.crt")
    assert (own.certificates, own.pip_certificates) == ("/corp.pem", "/bundle.crt")
    assert reach(certificates="/bundle.crt").certificates == "/bundle.crt"


@pytest.mark.parametrize(
    ("said", "own"),
    [
        ({"environment": "http_proxy=http://user:pw@127.0.0.1:3128"}, True),
        ({"environment": "http_proxy=http://localhost:3128/"}, True),
        ({"pip": ("[global]\nindex-url = http://[::1]:3141/root/pypi",)}, True),
        ({"apt": 'Acquire::http::Proxy "http://127.0.0.1:3142";'}, True),
        ({"apt_sources": {"/etc/apt/sources.list": "deb http://localhost/debian trixie main"}}, True),
        ({"environment": "http_proxy=http://proxy:3128\nno_proxy=localhost,127.0.0.1"}, False),
        ({"environment": "http_proxy=http://proxy:3128\nno_proxy='localhost intern'"}, False),
        ({"environment": "http_proxy=http://localhost.example:3128"}, False),
        ({"environment": "http_proxy=http://0.0.0.0:3128"}, True),
        ({"environment": "http_proxy=http://10.0.0.0:3128"}, False),
        ({"environment": "http_proxy=http://ip6-localhost:3128"}, True),
        ({"environment": "https_proxy=localhost:3128"}, True),
        ({"pip": ("[global]\nindex-url = http://[::]:3141/",)}, True),
        ({"apt": 'Acquire::http::Proxy "localhost:3142";'}, True),
        ({}, False),
    ],
)
def test_what_is_on_the_hosts_loopback_makes_the_build_run_in_the_hosts_network(
    said: dict[str, object], own: bool
) -> None:
    assert reach(**said).own_network is own
