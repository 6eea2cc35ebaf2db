"""What the roles want for the hosts of an inventory, none of which is contacted."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pyinfra.context import ctx_host

from gpufleet.bundle.wanted import Wanted
from gpufleet.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gpufleet.bundle.gather_choice import Choice, Wants
    from gpufleet.bundle.wanted import Target
    from gpufleet.run.connect import Fleet

THIS_ROLE = "bundle"
REGISTER = "roles"
"""The module of the checkout that lists, under the name BUNDLED, those that say what roles want."""


def wanted(fleet: Fleet, target: Target, options: Choice) -> tuple[Wanted, ...]:
    """What is wanted, host by host, no two alike.

    Args:
        fleet: the loaded hosts.
        target: their kind.
        options: what the command line says.

    Raises:
        SettingsError: a host's variables cannot be used.
    """
    roles: list[Wants] = [import_module(name).wanted for name in import_module(REGISTER).BUNDLED]
    found: list[Wanted] = []
    for name, host in fleet.hosts.items():
        with ctx_host.use(host):
            data = host.data.dict()
        try:
            each = joined(roles, data, target, options)
        except SettingsError as error:
            raise SettingsError(f"{name}: {error}") from None
        if each not in found:
            found.append(each)
    return tuple(found)


@contextmanager
def bundle_undeclared() -> Iterator[None]:
    """Inside, inventories are read without a look at `bundle_path` and its like.

    They say which bundle hosts take. It need not be on this machine, and is another one than the one made now.
    """
    register: Any = import_module(REGISTER)
    before = register.SETTINGS
    register.SETTINGS = tuple(model for model in before if model.role != THIS_ROLE)
    try:
        yield
    finally:
        register.SETTINGS = before


def joined(roles: Sequence[Wants], data: Mapping[str, object], target: Target, options: Choice) -> Wanted:
    """What all roles together want for one host.

    Args:
        roles: what each of them wants.
        data: the host's variables.
        target: its kind.
        options: what the command line says.
    """
    parts = [role(data, target, options) for role in roles]
    return Wanted(
        packages={name: pin for part in parts for name, pin in part.packages.items()},
        repositories=tuple(repository for part in parts for repository in part.repositories),
        images=tuple(image for part in parts for image in part.images),
    )
