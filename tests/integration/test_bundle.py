"""A host without a network, provisioned from a bundle: as any other one, and without a single request to a network."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from gpufleet.state import BUNDLE
from tests.integration.apply import apply_well
from tests.integration.asked import noting
from tests.integration.bundles import FOLDER, Gathered, gathered, settings_said
from tests.integration.checked import applied, check_host, checked
from tests.integration.state import comparable
from tests.integration.verify import verify
from tests.lab import product
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

SANDBOX = "python_sandbox"
DOCUMENTATION = (CHECKOUT / "docs/bundle.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (gpufleet bundle .*)$", DOCUMENTATION, re.MULTILINE)
SOURCES = ("docker.sources", "nvidia-container-toolkit.sources")


@pytest.fixture(scope="module")
def bundle(lab: Lab, gpu_converged_snapshot: str, tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    """What a GPU host with the default settings needs, gathered by the documented command from a host that has it."""
    builder = lab.host(from_snapshot=gpu_converged_snapshot)
    try:
        command = COMMANDS[0].replace("gpu-01", builder.name)
        return gathered(lab, tmp_path_factory.mktemp("gathered") / "bundle", [builder], command)
    finally:
        builder.destroy()


@contextmanager
def islands(lab: Lab, count: int) -> Iterator[list[LabHost]]:
    """New hosts with a simulated GPU and without a network; at the end none of them has tried to reach one."""
    with ThreadPoolExecutor(3) as pool:
        hosts = list(pool.map(lambda _: _island(lab), range(count)))
        began = time.time()  # what had an address before them may have asked the mirror until then
        try:
            yield hosts
            for host in hosts:
                assert host.attempts().total == 0, host.attempts()
                assert lab.mirror.asked_by(host.address, began) == []
        finally:
            list(pool.map(lambda host: host.destroy(), hosts))


def _island(lab: Lab) -> LabHost:
    host = lab.host()
    host.install_gpu()
    host.cut_off()
    return host


def test_a_host_without_a_network_becomes_as_any_other_and_asks_none(
    lab: Lab, bundle: Gathered, gpu_converged: LabHost, tmp_path: Path
) -> None:
    with islands(lab, 1) as [host], noting(tmp_path) as asked:
        inventory = lab.inventory([host], **bundle.variables)
        first = applied(inventory)
        assert first.status == 0, first.output
        assert product.apply(inventory).changed == []
        assert checked(inventory).status == 0
        verified = verify(inventory)
        assert verified.status == 0, verified.output
        assert asked.names == {host.address}
        assert host.ssh(f"ls {BUNDLE}", check=False).stdout == ""
        assert as_any_other(comparable(host), comparable(gpu_converged))
        back_on_the_network(lab, host)


def as_any_other(here: list[str], there: list[str]) -> bool:
    """Whether a host is as one that was provisioned over a network, but for what it takes to ask one.

    Its vendors' sources are switched off; authorities for TLS and the base image of a build were not needed, so that
    what gpufleet remembers of its own doing is less.
    """
    differing = {line.split()[0].rpartition("/")[2] for line in set(here) ^ set(there)}
    return set(SOURCES) <= differing <= {*SOURCES, "ca-certificates", "debian:trixie-slim", "made"}


def back_on_the_network(lab: Lab, host: LabHost) -> None:
    """Without a bundle one line of each source is not as declared, and nothing else."""
    found = check_host(lab, host)
    assert {resource.rpartition("/")[2] for resource in resources(found.document)} == set(SOURCES), found.words
    show = f"cd /etc/apt/sources.list.d; grep -H Enabled {' '.join(SOURCES)}"
    assert host.ssh(show).stdout.split() == [f"{SOURCES[0]}:Enabled:", "no", f"{SOURCES[1]}:Enabled:", "no"]


def resources(document: dict[str, list[dict[str, list[dict[str, str]]]]]) -> list[str]:
    """What the findings of a report are about."""
    return [finding["resource"] for host in document["hosts"] for finding in host["findings"]]


def test_the_command_says_what_to_set_and_verify_finds_nothing_wrong(bundle: Gathered) -> None:
    assert settings_said(bundle.output) == bundle.variables
    program, *words = COMMANDS[1].replace(FOLDER, str(bundle.folder)).split()
    verified = product.run(program, *words)
    assert verified.status == 0, verified.output
    assert bundle.manifest.sha256 in verified.output


def test_an_image_that_the_bundle_lacks_is_refused_before_anything_is_done(
    lab: Lab, bundle: Gathered, tmp_path: Path
) -> None:
    without = bundle.edited(tmp_path / "without", images=())
    reference = bundle.manifest.images[0].reference
    with islands(lab, 1) as [host]:
        done = applied(lab.inventory([host], **without.variables))
        assert done.status == 2, done.output
        assert reference in done.words
        assert host.ssh("command -v dockerd", check=False).stdout == ""


@pytest.mark.slow
def test_one_bundle_does_for_three_hosts_at_once(lab: Lab, bundle: Gathered) -> None:
    with islands(lab, 3) as hosts:
        assert "Install Docker's packages" in apply_well(lab, *hosts, **bundle.variables)
        assert apply_well(lab, *hosts, **bundle.variables) == []
        inventory = lab.inventory(hosts, **bundle.variables)
        assert checked(inventory).status == 0
        assert verify(inventory).status == 0
        assert len({host.ssh(f"docker inspect -f '{{{{.Image}}}}' {SANDBOX}").stdout for host in hosts}) == 1
