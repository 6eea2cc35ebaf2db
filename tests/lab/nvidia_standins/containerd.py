"""What `nvidia-ctk runtime configure --runtime=containerd --dry-run` prints where containerd has no configuration yet.

As 1.20.0 was recorded to do it. What it makes of files that are there is not imitated: the product does not let it.
"""

from __future__ import annotations

CONFIG = "/etc/containerd/config.toml"
PLUGIN = 'plugins."io.containerd.grpc.v1.cri"'


def both(*, cdi_on: bool, default: bool) -> str:
    """The file beside config.toml, then config.toml itself.

    Args:
        cdi_on: CDI is to be on.
        default: the runtime is to be the default one.
    """
    lines = [
        "version = 2",
        "",
        "[plugins]",
        "",
        f"  [{PLUGIN}]",
        *(["    enable_cdi = true"] if cdi_on else []),
        "",
        f"    [{PLUGIN}.containerd]",
        *(['      default_runtime_name = "nvidia"'] if default else []),
        "",
        f"      [{PLUGIN}.containerd.runtimes]",
        "",
        f"        [{PLUGIN}.containerd.runtimes.nvidia]",
        "          privileged_without_host_devices = false",
        '          runtime_engine = ""',
        '          runtime_root = ""',
        '          runtime_type = "io.containerd.runc.v2"',
        "",
        f"          [{PLUGIN}.containerd.runtimes.nvidia.options]",
        '            BinaryName = "/usr/bin/nvidia-container-runtime"',
        "",
        'imports = ["/etc/containerd/conf.d/*.toml"]',
        "version = 2",
        "",
    ]
    return "\n".join(lines)
