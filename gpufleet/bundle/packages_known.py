"""What archives hold, and what a host of their release is assumed to have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.bundle import packages_index

if TYPE_CHECKING:
    from gpufleet.bundle.aptroot import AptRoot
    from gpufleet.bundle.packages_index import Stanza


@dataclass(frozen=True)
class Indexes:
    """What the archives hold.

    Attributes:
        texts: of each index, in the order of the sources.
    """

    texts: tuple[str, ...]

    @classmethod
    def of(cls, apt: AptRoot) -> Indexes:
        """Read those that apt has fetched; what is no UTF-8 there, in a description, is not carried on."""
        return cls(tuple(path.read_text(encoding="utf-8", errors="replace") for path in apt.indexes()))

    def required(self) -> set[str]:
        """Names of the packages that the smallest system has, what those depend on left out."""
        return {found.name for text in self.texts for found in packages_index.required(text)}

    def first(self, names: set[str]) -> dict[str, Stanza]:
        """Of each package the description in the first index that has one: in the release, before its updates."""
        found: dict[str, Stanza] = {}
        for text in self.texts:
            for stanza in packages_index.chosen(text, names):
                found.setdefault(stanza.name, stanza)
        return found

    def all(self, names: set[str]) -> list[Stanza]:
        """Every description of these packages."""
        return [stanza for text in self.texts for stanza in packages_index.chosen(text, names)]


def minimal_status(apt: AptRoot, indexes: Indexes) -> str:
    """The status of dpkg on the smallest system: packages of priority required, apt, and what those depend on.

    That is what debootstrap's variant minbase installs. Versions are those of the release, older than its updates, so
    that updates which a wanted package needs are gathered.

    Args:
        apt: knows the archives, and nothing is installed there.
        indexes: of those archives.
    """
    wanted = sorted({*indexes.required(), "apt"})
    plan = apt.run("apt-get", "--simulate", "--no-install-recommends", "install", *wanted, what="the smallest system")
    return packages_index.installed(indexes.first(set(packages_index.planned(plan))).values())
