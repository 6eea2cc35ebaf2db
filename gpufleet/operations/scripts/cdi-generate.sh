#!/bin/sh
# Write a CDI specification of this host's GPUs into the file $1, which no reader of specifications looks at.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/wsl/lib:/usr/local/nvidia/bin
umask 022
mkdir -p "${1%/*}"
unset NVIDIA_CTK_CDI_OUTPUT_FILE_PATH # where it would write instead
# On WSL by name: what tells NVIDIA's program by itself is a library that the linker may not have in its cache
smi=/usr/lib/wsl/lib/nvidia-smi
mode=auto
[ ! -e /dev/dxg ] || [ ! -x $smi ] || mode=wsl
timeout -k 5 120 nvidia-ctk cdi generate --mode=$mode >"$1" || {
    code=$?
    rm -f "$1"
    [ "$code" -lt 124 ] || echo "nvidia-ctk gave no answer within 120 s" >&2
    exit 1
}
# The files of Windows' driver have no version in their names
[ $mode = auto ] || {
    version=$(timeout 30 $smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null | head -n 1)
    [ -z "$version" ] || echo "# driver: $version" >>"$1"
}
chmod 644 "$1"
