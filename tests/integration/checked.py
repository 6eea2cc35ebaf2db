"""Run `gpufleet check` and `gpufleet apply` on lab hosts in a test, and read the document that they write."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import fastjsonschema

from tests.lab import product
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

Found: TypeAlias = frozenset[tuple[str, str]]
"""Findings, each as the item's id and its class."""
SCHEMA = CHECKOUT / "gpufleet/report/schema.json"


@dataclass(frozen=True)
class Checked:
    """What one run came to.

    Attributes:
        status: its exit status.
        document: what it wrote; empty where it ended before that.
        output: what it printed.
    """

    status: int
    document: dict[str, Any]
    output: str

    @property
    def hosts(self) -> dict[str, Any]:
        """The report of each host, by name."""
        return {host["name"]: host for host in self.document.get("hosts", [])}

    @property
    def findings(self) -> Found:
        """What is not as declared, on any host."""
        return frozenset((each["id"], each["class"]) for host in self.hosts.values() for each in host["findings"])

    @property
    def words(self) -> str:
        """The findings in full, for a person who reads why a test failed."""
        lines = [
            f"{each['id']} [{each['class']}] {each['resource']}: expected {each['expected']}, found {each['observed']}"
            for host in self.hosts.values()
            for each in host["findings"]
        ]
        return "\n".join(lines) or self.output[-3000:]


def checked(inventory: Path, *arguments: str, checkout: Path = CHECKOUT) -> Checked:
    """`gpufleet check` on an inventory; further arguments are its own."""
    return _ran("check", inventory, arguments, checkout)


def applied(inventory: Path, *arguments: str, checkout: Path = CHECKOUT) -> Checked:
    """`gpufleet apply` on an inventory; further arguments are its own."""
    return _ran("apply", inventory, arguments, checkout)


def removed(inventory: Path, *arguments: str, ask: bool = False, checkout: Path = CHECKOUT) -> Checked:
    """`gpufleet remove` on an inventory, without a question; further arguments are its own."""
    return _ran("remove", inventory, (*(() if ask else ("--yes",)), *arguments), checkout)


def check_host(lab: Lab, host: LabHost, **variables: object) -> Checked:
    """`gpufleet check` on one host with these settings."""
    return checked(lab.inventory([host], **variables))


def apply_host(lab: Lab, host: LabHost, **variables: object) -> Checked:
    """`gpufleet apply` on one host with these settings."""
    return applied(lab.inventory([host], **variables))


def _ran(
    verb: Literal["check", "apply", "remove"], inventory: Path, arguments: tuple[str, ...], checkout: Path
) -> Checked:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        done = product.run(
            "gpufleet", verb, "--inventory", str(inventory), "--json", str(file), *arguments, checkout=checkout
        )
        document = json.loads(file.read_text()) if file.exists() else {}
    if document:
        _validator()(document)
    return Checked(done.status, document, done.output)


@cache
def _validator() -> Callable[[Any], Any]:
    validate: Callable[[Any], Any] = fastjsonschema.compile(json.loads(SCHEMA.read_text()))
    return validate
