"""Configuration files that packages still call theirs after they were removed."""

from __future__ import annotations

from pyinfra.api import FactBase, FactProcessError, QuoteString, StringCommand


class LeftConffiles(FactBase[dict[str, tuple[str, ...]]]):
    """By package that was removed and not purged, the files that purging it would delete."""

    QUERY = "dpkg-query -W -f '${Package} ${db:Status-Status}\\n${Conffiles}\\n'"

    def command(self, packages: list[str]) -> StringCommand:
        """Ask dpkg for `packages`."""
        return StringCommand(self.QUERY, *map(QuoteString, packages), "2>/dev/null; echo end-of-packages")

    def process(self, output: list[str]) -> dict[str, tuple[str, ...]]:
        """A line for each package, then one, indented, for each file: path, hash, perhaps `obsolete`."""
        if output[-1:] != ["end-of-packages"]:
            raise FactProcessError(f"dpkg-query did not end well: {output[-3:]}")
        found: dict[str, list[str]] = {}
        name = ""
        for line in output[:-1]:
            if line.startswith(" "):
                found.get(name, []).append(line.rsplit(" obsolete", 1)[0].strip().rpartition(" ")[0])
            elif line:
                name, _, status = line.partition(" ")
                found |= {name: []} if status == "config-files" else {}
        return {package: tuple(files) for package, files in found.items() if files}

    @staticmethod
    def default() -> dict[str, tuple[str, ...]]:
        """None."""
        return {}
