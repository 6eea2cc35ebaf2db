"""Bundles that are damaged, of another make or cut off on their way: told in words, and nothing is half done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.bundle.gather_choice import Choice
from gpufleet.bundle.gather_targets import target
from gpufleet.bundle.manifest import MANIFEST, PARTS, StoredImage, content_hash
from gpufleet.bundle.parts import store
from gpufleet.images.recipe import CONTENT_LABEL
from gpufleet.state import BUNDLE, IN_PROGRESS, STATE_DIRECTORY
from roles.cuda_image import bundled as cuda_image
from tests.integration.apply import apply_well
from tests.integration.bundles import DAMAGE, Gathered, gathered
from tests.integration.checked import Checked, applied
from tests.lab import product
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

PACKAGE, PLUGIN = "docker-ce", "docker-buildx-plugin"
ON_HOST = "/srv/bundle"
HALF = 60_000_000
"""Bytes, about half of what a host without a GPU needs."""
WHOLE = f"find {BUNDLE}/{PARTS} -type f ! -name '*.*' -printf '%s %f\\n'"
LEFT = f"find {BUNDLE} 2>/dev/null"
STATE = f"find {STATE_DIRECTORY} -type f -printf '%p %i %T@\\n' -o -printf '%p\\n' | sort"
DAMAGE_THERE = {
    "cut short": "truncate -s -1000 {part}",
    "changed": "printf x | dd of={part} conv=notrunc status=none",
    "missing": "rm {part}",
}
INSTALLED = "dpkg-query -W -f '${Package} ${db:Status-Abbrev} ${Version}\\n'; ls /etc/docker /var/lib/docker 2>&1; true"


@pytest.fixture(scope="module")
def bare(lab: Lab) -> Iterator[LabHost]:
    """A host without a network, on which nothing is ever installed."""
    host = lab.host()
    host.cut_off()
    before = host.ssh(INSTALLED).stdout
    yield host
    assert host.attempts().total == 0
    assert host.ssh(INSTALLED).stdout == before
    host.destroy()


@pytest.fixture(scope="module")
def bundle(lab: Lab, bare: LabHost, tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    """What a host without a GPU needs: Docker's packages."""
    return gathered(lab, tmp_path_factory.mktemp("gathered") / "bundle", [bare])


def refused(done: Checked, *words: str) -> None:
    """The run ended with a refusal that holds these words."""
    assert done.status == 2, done.output
    found = [finding for host in done.hosts.values() for finding in host["findings"]]
    said = "\n".join([done.words, *{f"{each['failure']} {each['remedy']}" for each in found}])
    for word in words:
        assert word in said, said


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_part_on_this_machine_is_named(
    lab: Lab, bare: LabHost, bundle: Gathered, tmp_path: Path, how: str
) -> None:
    part = bundle.part_of(PACKAGE)
    damaged = bundle.copy(tmp_path / "damaged")
    path = damaged.damage(part, how)
    refused(applied(lab.inventory([bare], **damaged.variables)), str(path), how, f"SHA-256 {part}")
    assert bare.ssh(LEFT, check=False).stdout == ""
    said = product.run("gpufleet", "bundle", "verify", str(damaged.folder))
    assert said.status != 0
    assert str(path) in said.output
    assert how in said.output


def carried_to(host: LabHost, bundle: Gathered) -> dict[str, str]:
    """The settings for the same bundle, carried to a host by other means."""
    host.ssh(f"mkdir -p {ON_HOST}")
    with subprocess.Popen(["tar", "-C", bundle.folder, "-c", "."], stdout=subprocess.PIPE) as packed:
        subprocess.run([*host.ssh_command(), f"tar -C {ON_HOST} -x"], stdin=packed.stdout, check=True)
    return {**bundle.variables, "bundle_path": ON_HOST, "bundle_location": "host"}


@pytest.fixture(scope="module")
def carried(bare: LabHost, bundle: Gathered) -> dict[str, str]:
    """The same, to the bare one."""
    return carried_to(bare, bundle)


@pytest.mark.parametrize("how", DAMAGE_THERE)
def test_a_damaged_part_on_the_host_is_named(
    lab: Lab, bare: LabHost, bundle: Gathered, carried: dict[str, str], how: str
) -> None:
    path = f"{ON_HOST}/{PARTS}/{bundle.part_of(PACKAGE)}"
    bare.ssh(f"cp -p {path} /srv/kept; {DAMAGE_THERE[how].format(part=path)}")
    try:
        refused(applied(lab.inventory([bare], **carried)), path, bundle.part_of(PACKAGE))
        assert bare.ssh(LEFT, check=False).stdout == ""
    finally:
        bare.ssh(f"mv /srv/kept {path}")


IMAGE: dict[str, Any] = {
    "platform_gpu": "none",
    "cuda_image_cuda": 13,
    "cuda_image_uid": 1000,
    "cuda_image_gid": 1000,
}
"""Settings by which a host is to have an image as well."""
SOURCES = "ls -l --time-style=full-iso /etc/apt/keyrings /etc/apt/sources.list.d 2>/dev/null; true"


@pytest.fixture
def half_an_image(bundle: Gathered, tmp_path: Path) -> tuple[Gathered, str]:
    """A bundle with that image as well, and the one part of it that is missing."""
    (wanted,) = cuda_image.wanted(IMAGE, target("debian13", "amd64"), Choice()).images
    folder = tmp_path / "apart"
    config, layer = (store(folder, content) for content in (b"{}", b"a layer"))
    content = wanted.labels[CONTENT_LABEL]
    image = StoredImage(wanted.reference, content, config.sha256, (layer.sha256,), size=7)
    files = tuple(sorted((*bundle.manifest.files, config, layer), key=lambda file: file.sha256))
    made = bundle.edited(tmp_path / "made", images=(image,), files=files)
    (made.folder / PARTS / config.sha256).write_bytes(b"{}")
    return made, layer.sha256


def test_a_missing_part_of_an_image_is_named_before_anything_is_installed(
    lab: Lab, bare: LabHost, bundle: Gathered, carried: dict[str, str], half_an_image: tuple[Gathered, str]
) -> None:
    made, part = half_an_image
    before = bare.ssh(SOURCES).stdout
    refused(applied(lab.inventory([bare], **made.variables, **IMAGE)), str(made.folder / PARTS / part), "missing")
    there = f"{ON_HOST}-with-image"
    bare.ssh(
        f"cp -al {ON_HOST} {there} && rm {there}/{MANIFEST} && printf '{{}}' >{there}/{PARTS}/{content_hash(b'{}')}"
    )
    bare.ssh(f"cat >{there}/{MANIFEST}", stdin=(made.folder / MANIFEST).read_text(encoding="utf-8"))
    variables = {**carried, **IMAGE, "bundle_path": there, "bundle_sha256": made.manifest.sha256}
    refused(applied(lab.inventory([bare], **variables)), f"{there}/{PARTS}/{part}", "missing")
    assert bare.ssh(SOURCES).stdout == before
    assert bundle.manifest.images == ()


def test_an_image_that_a_bundle_on_the_host_lacks_is_refused_before_anything_is_installed(
    lab: Lab, bare: LabHost, carried: dict[str, str]
) -> None:
    before = bare.ssh(SOURCES).stdout
    refused(applied(lab.inventory([bare], **carried, **IMAGE)), f"the bundle {ON_HOST} to hold it", "no image")
    assert bare.ssh(SOURCES).stdout == before


def test_an_image_of_dockers_is_not_pulled_and_its_sandbox_refused_before_anything_is_installed(
    lab: Lab, bare: LabHost, bundle: Gathered
) -> None:
    before = bare.ssh(SOURCES).stdout
    sandbox = {"platform_gpu": "none", "sandbox_containers": {"box": {"image": "debian:13"}}}
    refused(applied(lab.inventory([bare], **bundle.variables, **sandbox)), "debian:13", "docker save debian:13")
    assert bare.ssh(SOURCES).stdout == before


def test_another_manifest_than_the_trusted_one_is_refused_here_and_there(
    lab: Lab, bare: LabHost, bundle: Gathered, carried: dict[str, str]
) -> None:
    wrong = "0" * 64
    done = applied(lab.inventory([bare], **{**bundle.variables, "bundle_sha256": wrong}))
    assert done.status == 1, done.output
    assert f"SHA-256 {bundle.manifest.sha256}, but bundle_sha256 is {wrong}" in done.output
    done = applied(lab.inventory([bare], **{**carried, **IMAGE, "bundle_sha256": wrong}))
    refused(done, ON_HOST, wrong)
    assert [len(host["findings"]) for host in done.hosts.values()] == [1], done.output


@pytest.mark.parametrize("changes", [{"target": "ubuntu24.04"}, {"architecture": "arm64"}])
def test_a_bundle_for_other_hosts_is_refused(
    lab: Lab, bare: LabHost, bundle: Gathered, tmp_path: Path, changes: dict[str, str]
) -> None:
    other = bundle.edited(tmp_path / "other", **changes)
    refused(applied(lab.inventory([bare], **other.variables)), *changes.values())


def test_a_version_that_the_bundle_lacks_is_refused_with_the_one_that_it_holds(
    lab: Lab, bare: LabHost, bundle: Gathered
) -> None:
    held = next(each.version for each in bundle.manifest.packages if each.name == PACKAGE)
    inventory = lab.inventory([bare], docker_engine_version="99.1.2", **bundle.variables)
    refused(applied(inventory), PACKAGE, "99.1.2", held)


@pytest.mark.slow
def test_gathering_again_gives_the_same_and_writes_nothing_anew(lab: Lab, bare: LabHost, bundle: Gathered) -> None:
    before, written = bundle.manifest.sha256, {path: path.stat() for path in parts(bundle)}
    (bundle.folder / PARTS / ("0" * 64)).write_text("of an older bundle")
    again = gathered(lab, bundle.folder, [bare])
    assert again.manifest.sha256 == before
    assert {path: path.stat().st_ino for path in parts(again)} == {path: at.st_ino for path, at in written.items()}
    assert {path.stat().st_mtime_ns for path in parts(again)} == {at.st_mtime_ns for at in written.values()}
    assert product.run("gpufleet", "bundle", "verify", str(again.folder), "--sha256", before).status == 0
    assert product.run("gpufleet", "bundle", "verify", str(again.folder), "--sha256", "0" * 64).status != 0


def parts(bundle: Gathered) -> list[Path]:
    """Its parts."""
    return sorted((bundle.folder / PARTS).iterdir())


@pytest.mark.slow
def test_what_lies_on_the_host_already_is_used_where_it_lies(lab: Lab, fresh: LabHost, bundle: Gathered) -> None:
    variables = carried_to(fresh, bundle)
    fresh.cut_off()
    listing = f"find {ON_HOST} -type f -printf '%p %i %T@ %s\\n' | sort"
    before = fresh.ssh(listing).stdout
    assert "Install Docker's packages" in apply_well(lab, fresh, **variables)
    assert apply_well(lab, fresh, **variables) == []
    assert fresh.ssh(listing).stdout == before
    assert fresh.attempts().total == 0


@pytest.mark.slow
def test_a_refusal_leaves_no_trace_where_nothing_else_was_begun(
    lab: Lab, fresh: LabHost, bundle: Gathered, tmp_path: Path
) -> None:
    variables = carried_to(fresh, bundle)
    fresh.cut_off()
    apply_well(lab, fresh, **variables)
    fresh.ssh(f"DEBIAN_FRONTEND=noninteractive apt-get -qy purge {PLUGIN}")
    before = fresh.ssh(STATE).stdout
    damaged = bundle.copy(tmp_path / "damaged")
    damaged.damage(bundle.part_of(PLUGIN), "changed")
    fresh.ssh(f"rm {ON_HOST}/{PARTS}/{bundle.part_of(PLUGIN)}")
    for location in (damaged.variables, variables):
        refused(applied(lab.inventory([fresh], **location)), bundle.part_of(PLUGIN))
        assert fresh.ssh(STATE).stdout == before
    fresh.ssh(f"echo earlier >{IN_PROGRESS}")
    refused(applied(lab.inventory([fresh], **variables)), bundle.part_of(PLUGIN))
    assert fresh.ssh(f"cat {IN_PROGRESS}").stdout == "earlier\n"


def test_an_upload_that_was_cut_off_goes_on_and_a_part_that_was_changed_there_is_sent_again(
    lab: Lab, fresh: LabHost, bundle: Gathered
) -> None:
    fresh.cut_off()
    inventory = lab.inventory([fresh], **bundle.variables)
    killed_while_it_sends(inventory, fresh)
    changed, *kept = whole_parts(fresh)
    fresh.ssh(f"printf x | dd of={BUNDLE}/{PARTS}/{changed} conv=notrunc status=none")
    before, received = packages(fresh), received_by(fresh)
    done = product.apply(inventory)
    assert done.status == 0, done.output
    sent = sizes(bundle, packages(fresh) - before)
    assert changed in sent
    rest = sum(size for part, size in sent.items() if part not in kept)
    assert sum(sent.values()) - rest > HALF
    # base64 makes four bytes of three; SSH and all questions take the rest.
    assert rest <= received_by(fresh) - received < rest * 4 / 3 * 1.03 + 2_000_000
    assert fresh.ssh(f"ls {BUNDLE}", check=False).stdout == ""
    assert fresh.attempts().total == 0


def sizes(bundle: Gathered, installed: set[str]) -> dict[str, int]:
    """The parts of which these packages consist, with their sizes."""
    files = [bundle.manifest.file(each.file) for each in bundle.manifest.packages if each.name in installed]
    return {part.sha256: part.size for file in files for part in file.parts}


def killed_while_it_sends(inventory: Path, host: LabHost) -> None:
    """Start an apply, and kill it when about half of the bundle's bytes are on the host as whole parts."""
    program = str(Path(sys.executable).with_name("gpufleet"))
    command = [program, "apply", "--inventory", str(inventory)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        size = f"{{ {WHOLE}; }} 2>/dev/null | awk '{{ n += $1 }} END {{ print n + 0 }}'"
        host.ssh(f"until [ $({size}) -gt {HALF} ]; do sleep 0.02; done", timeout=120)
        process.kill()


def whole_parts(host: LabHost) -> list[str]:
    """The names of the parts that arrived whole, the smallest first."""
    return [line.split()[1] for line in host.ssh(f"{WHOLE} | sort -n").stdout.splitlines()]


def packages(host: LabHost) -> set[str]:
    """Names of what is installed."""
    return set(host.ssh("dpkg-query -W -f '${Package}\\n'").stdout.split())


def received_by(host: LabHost) -> int:
    """Bytes that its interface has received."""
    return int(host.ssh("cat /sys/class/net/eth0/statistics/rx_bytes").stdout)
