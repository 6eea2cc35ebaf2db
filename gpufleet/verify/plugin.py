"""The pytest plugin of `gpufleet verify`: each test once per host of the inventory, and a summary per host.

`-p gpufleet.verify.plugin` loads it; tests/verify/conftest.py does so too. All hosts are connected to at the same time,
before the first test. One that cannot be reached gets one error with the reason in place of its tests, so that it is
neither left out nor reported once per test.
"""

from __future__ import annotations

import pytest

from gpufleet.inventory import InventoryError
from gpufleet.run.connect import disconnect, load
from gpufleet.run.selection import NothingMatchedError
from gpufleet.verify import fixtures
from gpufleet.verify.backend import PyinfraBackend
from gpufleet.verify.items import FLEET, HOST, UnreachableHost, per_host
from gpufleet.verify.outcome import Outcome
from gpufleet.verify.reach import reach
from gpufleet.verify.reporting import Reporting

COMMAND_SECONDS = 120


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which hosts, and how long a command may take."""
    group = parser.getgroup("gpufleet")
    group.addoption(
        "--inventory",
        metavar="F",
        help="a file or host names as pyinfra takes them; --inventory=@local is this machine (default: inventory.py)",
    )
    group.addoption("--limit", action="append", default=[], metavar="X", help="a group, host or pattern; repeatable")
    group.addoption(
        "--command-seconds",
        type=int,
        default=COMMAND_SECONDS,
        metavar="N",
        help="how long one command on a host may take (default: %(default)s)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take the place of testinfra's `host` fixture: the plugin that is registered last wins."""
    config.pluginmanager.register(fixtures, "gpufleet-fixtures")
    roles = sorted(path.parent.name for path in config.rootpath.glob("roles/*/deploy.py"))
    config.pluginmanager.register(Reporting(Outcome(roles)), "gpufleet-reporting")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Load the inventory: what is wrong with it, or with `--limit`, ends the run before any host is asked."""
    config = session.config
    inventory = config.option.inventory or str(config.rootpath / "inventory.py")
    try:
        config.stash[FLEET] = load(inventory, checkout=config.rootpath, limits=config.option.limit)
    except (InventoryError, NothingMatchedError) as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.TESTS_FAILED)
    config.pluginmanager.getplugin("gpufleet-reporting").outcome.selected = list(config.stash[FLEET].hosts)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that takes a `host` once per host."""
    if HOST in metafunc.fixturenames:
        names = list(metafunc.config.stash[FLEET].hosts)
        metafunc.parametrize(HOST, names, ids=names, indirect=True, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests in the order of the hosts and connect, after pytest has left out what nobody asked for."""
    tests = per_host(items, list(config.stash[FLEET].hosts))
    if not config.option.collectonly:
        for name, reason in _connect(config, [name for name in tests if name is not None]).items():
            tests[name] = [UnreachableHost.instead_of(tests[name], host=name, reason=reason)]
    items[:] = [item for group in tests.values() for item in group]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the connections."""
    if FLEET in config.stash:
        disconnect(config.stash[FLEET])


def _connect(config: pytest.Config, names: list[str]) -> dict[str, str]:
    """Connect to hosts, with standard input given back meanwhile, in case a password has to be asked for."""
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    try:
        PyinfraBackend.connections, unreachable = reach(config.stash[FLEET], names, config.option.command_seconds)
    finally:
        capture.resume_global_capture()  # of all three streams; between collecting and testing only input is captured
        capture.suspend_global_capture()
    return unreachable
