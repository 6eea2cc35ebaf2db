"""Which of this machine's pip settings lab hosts get."""

from __future__ import annotations

from tests.lab.pip_settings import for_hosts


def test_folders_of_this_machine_are_not_for_hosts() -> None:
    listing = (
        "global.cert='/etc/ca.crt'\nglobal.extra-index-url='file:///opt/simple'\nglobal.find-links='/opt/wheels'\n"
    )
    assert for_hosts(listing) == ""


def test_remote_indexes_are_and_the_environment_wins() -> None:
    listing = (
        ":env:.index-url='https://env.example.org/simple'\n"
        "global.extra-index-url='file:///opt/simple https://more.example.org/simple'\n"
        "global.index-url='https://file.example.org/simple'\n"
        "global.trusted-host='env.example.org'\n"
    )
    assert for_hosts(listing) == (
        "[global]\nindex-url = https://env.example.org/simple\nextra-index-url = https://more.example.org/simple\n"
        "trusted-host = env.example.org\n"
    )


def test_a_trusted_host_alone_changes_nothing() -> None:
    assert for_hosts("global.trusted-host='pypi.example.org'\n") == ""
