#!/bin/sh
# Managed by gpufleet. Writes the CDI specification of this host's GPUs at boot, when /run is empty, before Docker wants
# it. Without a driver that answers there is nothing to write. Run by gpufleet-cdi.service, which bounds its time.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/wsl/lib:/usr/local/nvidia/bin
spec=/var/run/cdi/nvidia.yaml
umask 022

if ! command -v nvidia-smi >/dev/null; then
    echo "no nvidia-smi: no GPU to describe"
    exit 0
fi
# Listing the GPUs also loads the driver's modules and makes its device nodes
if ! gpus=$(nvidia-smi -L) || [ -z "$gpus" ]; then
    echo "nvidia-smi shows no GPU: ${gpus:-it printed nothing}"
    exit 0
fi
mkdir -p "${spec%/*}"
trap 'rm -f "$spec.boot"' EXIT
nvidia-ctk cdi generate >"$spec.boot"
grep -q 'name: all' "$spec.boot"
mv -f "$spec.boot" "$spec"
