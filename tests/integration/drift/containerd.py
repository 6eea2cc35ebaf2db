"""What happens to containerd where it has the runtime for GPUs, and to its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.drift.apt import NVIDIA
from tests.integration.drift.case import Case
from tests.integration.drift.containers import SEES_GPUS

if TYPE_CHECKING:
    from gpufleet.finding import FindingClass

GIVEN = f"{NVIDIA}.give-containerd-the-runtime-for-gpus"
READ = f"{NVIDIA}.have-containerd-read-it"
RUNS = f"{NVIDIA}.have-containerd-run-with-it"

FILE, DROP_IN = "/etc/containerd/config.toml", "/etc/containerd/conf.d/99-nvidia.toml"
# Docker's config.toml switches off what reads runtimes, and with it whatever a running one could lack
CRI_ON = f"sed -i 's/^disabled_plugins/#&/' {FILE}; systemctl restart containerd"
RESTART = "sleep 0.1; systemctl restart containerd"


def case(name: str, change: str, item: str, kind: FindingClass = "config", *also: str) -> Case:
    """A change where containerd is declared to have the runtime, and reads it."""
    settings = {"nvidia_container_toolkit_containerd": True}
    return Case(name, change, item, kind, also=also, settings=settings, given=CRI_ON)


CASES = (
    case("containerd's file for GPUs is edited", f"sed -i /enable_cdi/d {DROP_IN}", GIVEN),
    case("containerd's file for GPUs names another program", f"sed -i s/BinaryName.*/BinaryName=1/ {DROP_IN}", GIVEN),
    case("containerd's file for GPUs is cut off", f"truncate -s -9 {DROP_IN}", GIVEN),
    case("containerd's file for GPUs is gone", f"rm {DROP_IN}", GIVEN),
    case("containerd's file for GPUs is gone and containerd was started anew", f"rm {DROP_IN}; {RESTART}", GIVEN),
    case("containerd imports nothing of ours", f"sed -i /^imports/d {FILE}", READ),
    case(
        "containerd was started without its file for GPUs, which is back",
        f"mv {DROP_IN} /root/kept; {RESTART}; mv /root/kept {DROP_IN}",
        RUNS,
        "runtime",
    ),
    case(
        "containerd was started without the import, which is back",
        f"cp -p {FILE} /root/kept; sed -i /^imports/d {FILE}; {RESTART}; mv /root/kept {FILE}",
        RUNS,
        "runtime",
    ),
    # Without it Docker starts nothing in a container either, not even what looks for its GPUs
    case("containerd is stopped", "systemctl stop containerd", RUNS, "runtime", SEES_GPUS),
)
