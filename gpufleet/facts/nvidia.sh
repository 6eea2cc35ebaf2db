#!/bin/sh
# Functions that list GPUs, which may hang. Read by facts; `say` and `say_lines` are report.sh's.

scratch=

# Begin to ask nvidia-smi, wherever it is. A hung driver leaves it in a sleep that no signal ends and that `timeout`
# would wait for: it runs beside us, holds none of our file descriptors, and is given up after a while.
begin_gpus() {
    PATH=$PATH:/usr/local/nvidia/bin:/opt/nvidia/bin:/opt/bin:/run/nvidia/driver/usr/bin
    smi=/usr/lib/wsl/lib/nvidia-smi
    [ -x "$smi" ] || smi=$(command -v nvidia-smi) || return 0
    say nvidia_smi "$smi"
    case $smi in
    */nvidia/bin/*) export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}${smi%/bin/*}/lib64" ;;
    esac
    if ! scratch=$(mktemp -d 2>/dev/null); then
        say gpu_error "nvidia-smi was not asked: no temporary directory can be made"
        return 0
    fi
    trap 'rm -rf "$scratch"; exit 1' HUP INT TERM
    {
        query_gpus >"$scratch/gpus" 2>"$scratch/errors"
        echo $? >"$scratch/status.new" && mv "$scratch/status.new" "$scratch/status"
    } </dev/null >/dev/null 2>&1 &
}

query_gpus() {
    "$smi" --query-gpu=uuid,driver_version,compute_cap,name --format=csv,noheader
    code=$?
    [ "$code" = 2 ] || return "$code" # 2: an argument is not known, as compute_cap is not to drivers before 510
    "$smi" --query-gpu=uuid,driver_version,name --format=csv,noheader >"$scratch/gpus"
}

# Say what it answered within $1 seconds
end_gpus() {
    [ -n "$scratch" ] || return 0
    waited=0
    while [ ! -e "$scratch/status" ] && [ "$waited" -lt "$(($1 * 20))" ]; do
        sleep 0.05
        waited=$((waited + 1))
    done
    if [ ! -e "$scratch/status" ]; then
        say gpu_error "nvidia-smi gave no answer within $1 s"
    elif [ "$(cat "$scratch/status")" = 0 ]; then
        say_lines gpu <"$scratch/gpus"
    else
        cat "$scratch/errors" "$scratch/gpus" | say_lines gpu_error
    fi
    rm -rf "$scratch"
}
