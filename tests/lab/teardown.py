"""`down`: remove a lab and every trace of it, also after a crash at any point."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import docker

from tests.lab import machine, network, packages, processes
from tests.lab.command import CommandError, run
from tests.lab.daemons import containerd, dockerd
from tests.lab.engine import Engine
from tests.lab.instance import CACHE, CHECKOUT, ROOT
from tests.lab.progress import say, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.instance import Instance


def down(instance: Instance) -> None:
    """Remove this lab; the last one on the machine takes caches and packages along. Needs root.

    Raises:
        CommandError: a package of the lab's is needed by something installed later.
    """
    if instance.data.exists():
        with step(f"removing the lab's hosts, daemons and files in {instance.data}"):
            _remove_containers(Engine(instance))
            _stop_daemons(instance)
            _unmount(instance.data)
            network.remove_interfaces(instance)
            network.close_way_out(instance)
            shutil.rmtree(instance.data)
    _remove_user_files(instance)
    others = [path.parent.name for path in ROOT.glob("*/run")]
    if others:
        say(f"caches and packages stay: other labs use them ({', '.join(others)})")
    else:
        _leave_the_machine()


def _remove_user_files(instance: Instance) -> None:
    """Keys and inventories; the default lab's folder may hold those of other labs."""
    for path in [instance.files / name for name in ("hosts", "inventories")]:
        shutil.rmtree(path, ignore_errors=True)
    for path in [instance.files / name for name in ("id_ed25519", "id_ed25519.pub", "lock")]:
        path.unlink(missing_ok=True)
    for path in (instance.files, instance.files.parent):
        if path.is_relative_to(CHECKOUT / ".lab") and path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _leave_the_machine() -> None:
    with step("removing caches and the packages that the lab installed"):
        processes.end(processes.left_by_a_run)
        _unmount(CACHE)
        removed = packages.purge()
        machine.put_back()
        shutil.rmtree(CACHE, ignore_errors=True)
        shutil.rmtree(ROOT, ignore_errors=True)
    say(f"packages removed: {' '.join(removed) or 'none'}")


def _remove_containers(engine: Engine) -> None:
    """Ask the daemon when it answers; what it can't remove any more is ended with its processes and its folder."""
    if engine.answers():
        for container in engine.client.containers.list(all=True):
            with suppress(docker.errors.APIError):
                container.remove(force=True)


def _stop_daemons(instance: Instance) -> None:
    for daemon in (dockerd(instance), containerd(instance)):
        daemon.stop()
    for shim in processes.find(_is_shim_of(instance)):
        # A host's PID 1 is its shim's child; the kernel ends everything else in the host together with it.
        for pid in [*processes.children(shim), shim]:
            processes.kill(pid)


def _is_shim_of(instance: Instance) -> Callable[[int], bool]:
    """Container shims that outlived their daemon, known by the lab's own containerd socket in their arguments."""
    socket = str(instance.run / "containerd.sock")

    def check(pid: int) -> bool:
        words = processes.command_line(pid)
        return "containerd-shim" in "".join(words[:1]) and socket in words

    return check


def _unmount(folder: Path) -> None:
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in reversed([path for path in mounts if Path(path).is_relative_to(folder)]):
        with suppress(CommandError):
            run(["umount", "--lazy", mount])
