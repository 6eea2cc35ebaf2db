"""A YAML file as nodes that know their lines, with everything that YAML lets pass in silence said aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from gpufleet.inventory import ini
from gpufleet.inventory.errors import InventoryError, Place, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_STANDARD = "tag:yaml.org,2002:"
VAULT = "$ANSIBLE_VAULT"


class Document:
    """One parsed YAML file.

    Attributes:
        file: its name for messages.
        root: the top-level mapping.
    """

    def __init__(self, file: Path) -> None:
        """Read a file.

        Args:
            file: the YAML file.

        Raises:
            InventoryError: it cannot be read, is no YAML mapping, or holds what is not supported.
        """
        self.file = shown(file)
        text = _text(file)
        try:
            self._loader = yaml.SafeLoader(text)
            root = self._loader.get_single_node()
        except yaml.YAMLError as error:
            raise self._unreadable(error, text) from None
        if root is None:
            raise InventoryError(f"{self.file}: there is nothing in it; hosts.example.yml shows what goes there")
        self._check(root, ())
        if not isinstance(root, yaml.MappingNode):
            raise InventoryError(f"{self.file}: {_not_a_mapping(text)}")
        self.root = root

    def place(self, node: yaml.Node, holder: str = "") -> Place:
        """Say where a node stands."""
        return Place(self.file, node.start_mark.line + 1, holder)

    def entries(self, mapping: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        """Walk a mapping whose keys are names.

        Args:
            mapping: the node; `<<` merges are resolved.

        Yields:
            Each key as text, its node and the value's node.

        Raises:
            InventoryError: a key is not text, such as a bare number.
        """
        self._loader.flatten_mapping(mapping)
        for key, value in mapping.value:
            name = self.value(key)
            if not isinstance(name, str):
                raise InventoryError(f"{self.place(key)}: the name {key.value} is read as {name!r}; put it in quotes")
            yield name, key, value

    def value(self, node: yaml.Node) -> object:
        """Build the plain value of a node, as Ansible's YAML does.

        Raises:
            InventoryError: YAML does not know how, for instance for the 31st of February.
        """
        try:
            return self._loader.construct_object(node, deep=True)
        except yaml.YAMLError as error:
            raise self._unreadable(error, "") from None
        except ValueError as error:
            raise InventoryError(f"{self.place(node)}: {error}; put the value in quotes if it is text") from None

    def _check(self, node: yaml.Node, around: tuple[yaml.Node, ...]) -> None:
        """Refuse duplicate keys, foreign tags, vault values and aliases that hold themselves."""
        if any(node is outer for outer in around):
            raise InventoryError(f"{self.place(node)}: this anchor holds an alias to itself")
        self._check_tag(node)
        if isinstance(node, yaml.MappingNode):
            self._check_duplicates(node)
            children = [child for pair in node.value for child in pair]
        else:
            children = node.value if isinstance(node, yaml.SequenceNode) else []
        for child in children:
            self._check(child, (*around, node))

    def _check_tag(self, node: yaml.Node) -> None:
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        if node.tag.startswith("!vault") or text.startswith(VAULT):
            raise InventoryError(
                f"{self.place(node)}: a value encrypted with ansible-vault; vault is not supported. Leave it out and "
                "set the variable in group_data/*.py, where it can be read from a password store or the environment",
            )
        if not node.tag.startswith(_STANDARD):
            raise InventoryError(f"{self.place(node)}: the tag {node.tag} is not supported; write the plain value")

    def _check_duplicates(self, mapping: yaml.MappingNode) -> None:
        lines: dict[tuple[str, str], int] = {}
        for key, _ in mapping.value:
            if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                continue
            if (key.tag, key.value) in lines:
                raise InventoryError(
                    f"{self.place(key)}: {key.value} stands here for the second time (first in line "
                    f"{lines[key.tag, key.value]}), and YAML would keep only the last; put both together",
                )
            lines[key.tag, key.value] = key.start_mark.line + 1

    def _unreadable(self, error: yaml.YAMLError, text: str) -> InventoryError:
        if ini.is_no_yaml(text):
            return InventoryError(f"{self.file}: {ini.ADVICE}")
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        if "'\\t'" in problem:
            problem = "a tab; YAML is indented with spaces"
        context = getattr(error, "context", None)
        return InventoryError(f"{self.file}{where}: not valid YAML: {problem}" + (f" ({context})" if context else ""))


def _text(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InventoryError(f"{shown(file)}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise InventoryError(f"{shown(file)}: cannot be read: {error.strerror}") from None
    if text.startswith(VAULT):
        raise InventoryError(f"{shown(file)}: encrypted with ansible-vault, which is not supported; decrypt it")
    return text


def _not_a_mapping(text: str) -> str:
    if ini.is_no_yaml(text):
        return ini.ADVICE
    return "groups are expected (`gpu_servers:` and below it `hosts:`); hosts.example.yml shows how"
