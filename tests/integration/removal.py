"""What tests of a removal hold a host against: everything is as before, but for what the report has said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.integration.checked import applied, removed
from tests.integration.state import around

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.checked import Checked
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

SHARED = re.compile(r"(path|content) /etc/(group|gshadow) ")
"""Files in which the group that stays makes the difference; `getent group` shows that it is all of it."""
MADE_BY_PACKAGES = re.compile(r"(path|content) /etc/(ssl/certs(/\S*)?|ca-certificates\S*|alternatives/pager\.1\.gz) ")
"""By scripts of packages that stay, or that came and went: a link of `less` for a page of the manual that no lab host
has goes with it."""
TRUST = "/etc/ssl/certs /usr/local/share/ca-certificates /etc/ca-certificates*"
"""Where a host has the certificate authorities that it trusts, and what it makes that of."""


def unsaid(before: list[str], after: list[str], host: LabHost, done: Checked | list[str]) -> list[str]:
    """What differs although no notice of the removal names it.

    Args:
        before: `state.around` before anything was applied.
        after: the same after the removal.
        host: the host.
        done: the removal, or its notices.
    """
    sentences = done if isinstance(done, list) else notices(done)
    packages = said(sentences)
    files = host.ssh(f"dpkg -L {' '.join(packages)} | grep ^/etc; true").stdout.split() if packages else []
    differing = sorted(set(before) ^ set(after))
    return [line for line in differing if not _said(line, packages, files, sentences)]


def trusting(host: LabHost, certificate: Path) -> set[str]:
    """Files with which a host trusts a certificate authority, or would: by their names, or where links lead, or inside.

    Args:
        host: the host.
        certificate: of the authority, as a PEM file here.
    """
    line, name = certificate.read_text().splitlines()[2], f"'*{certificate.stem}*'"
    look = f"find {TRUST} -name {name} -o -lname {name}; grep -RlsF '{line}' {TRUST}"
    return set(host.ssh(look, check=False).stdout.split())


def back(
    lab: Lab, host: LabHost, *roles: str, between: Callable[[Path], object] = id, status: int = 0, **variables: Any
) -> Checked:
    """Apply to a host, then remove: nothing differs that was not said, and a second removal has nothing to do.

    Args:
        lab: where it stands.
        host: the host.
        roles: arguments that limit the apply.
        between: is done before the removal, with the inventory.
        status: what the apply ends with.
        variables: settings.

    Returns:
        The removal.
    """
    host.ssh("sudo -n true", root=False)  # at a user's first time sudo leaves ~/.sudo_as_admin_successful
    before, inventory = around(host), lab.inventory([host], **variables)
    provisioned = applied(inventory, *roles)
    assert provisioned.status == status, provisioned.words
    between(inventory)
    done = removed(inventory, "--containers")
    assert done.status == 0, done.words
    left = unsaid(before, around(host), host, done)
    assert left == [], left
    assert [remedy for remedy in remedies(done) if "apply" in remedy] == []
    assert removed(inventory, "--containers").hosts[host.name]["mended"] == []
    return done


def remedies(done: Checked) -> list[str]:
    """What a run says of how what it found is mended."""
    return [each["remedy"] for host in done.hosts.values() for each in (*host["findings"], *host["mended"])]


def said(sentences: list[str]) -> list[str]:
    """The packages that a removal says it leaves, in its notices."""
    lines = [notice for notice in sentences if notice.startswith("Packages that came with apply and stay")]
    return [name for line in lines for name in line.rpartition(": ")[2].rstrip(".").split(", ")]


def notices(done: Checked) -> list[str]:
    """All that a run has to say beside its findings."""
    return [notice for host in done.hosts.values() for notice in host["notices"]]


def _said(line: str, packages: list[str], files: list[str], sentences: list[str]) -> bool:
    kind, name, *_ = re.split(r"[ \t:]", line, maxsplit=2)
    if kind in {"package", "manual"}:
        return name in packages
    if kind == "group":
        return any(sentence.startswith(f"Group {name} stays") for sentence in sentences)
    if kind in {"path", "content"}:
        shared = SHARED.match(line) and any(sentence.startswith("Group docker stays") for sentence in sentences)
        return bool(shared or MADE_BY_PACKAGES.match(line) or name in files)
    return False
