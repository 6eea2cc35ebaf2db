#!/bin/sh
# Managed by gpufleet. Writes the CDI specification of this host's GPUs at boot, when /run is empty, before Docker wants
# it. Without a driver that answers there is nothing to write. Run by gpufleet-cdi.service, which bounds its time.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/wsl/lib:/usr/local/nvidia/bin
spec=/var/run/cdi/nvidia.yaml
umask 022

# In WSL it is Windows' own, wherever another one may be
smi=/usr/lib/wsl/lib/nvidia-smi
mode=wsl
[ -e /dev/dxg ] && [ -x $smi ] || {
    smi=nvidia-smi
    mode=auto
}
if ! command -v $smi >/dev/null; then
    echo "no nvidia-smi: no GPU to describe"
    exit 0
fi
# Listing the GPUs also loads the driver's modules and makes its device nodes
if ! gpus=$($smi -L) || [ -z "$gpus" ]; then
    echo "nvidia-smi shows no GPU: ${gpus:-it printed nothing}"
    exit 0
fi
mkdir -p "${spec%/*}"
trap 'rm -f "$spec.boot"' EXIT
nvidia-ctk cdi generate --mode=$mode >"$spec.boot"
grep -q 'name: all' "$spec.boot"
# The files of Windows' driver have no version in their names
[ $mode = auto ] || {
    version=$($smi --query-gpu=driver_version --format=csv,noheader | head -n 1) || version=
    [ -z "$version" ] || echo "# driver: $version" >>"$spec.boot"
}
mv -f "$spec.boot" "$spec"
