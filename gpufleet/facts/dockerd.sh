#!/bin/sh
# Functions that find the dockerd of this host and tell it from every other one. Read by facts and by operations.

# Its process id, nothing where none runs: what systemd started, or what stands in the file that dockerd writes itself.
# A process of that number that is not dockerd is a file left over; a dockerd of a container has no file here.
dockerd_pid() {
    main=
    [ ! -d /run/systemd/system ] || main=$(systemctl show docker.service -p MainPID --value)
    for candidate in "$main" "$(cat /run/docker.pid 2>/dev/null)"; do
        if [ -n "$candidate" ] && { read -r name <"/proc/$candidate/comm"; } 2>/dev/null && [ "$name" = dockerd ]; then
            echo "$candidate"
            return
        fi
    done
}

# Boot, process id and start (in ticks since the boot) of a process, nothing when it is gone. No clock is asked, so a
# clock that is set makes no difference.
dockerd_identity() {
    ticks=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20)
    [ -z "$ticks" ] || echo "$(cat /proc/sys/kernel/random/boot_id) $1 $ticks"
}

# What dockerd looks up when it starts, on the PATH that it has then, to offer GPUs: the hook of `--gpus` (moby,
# daemon/nvidia_linux.go, since 29.2 daemon/devices_nvidia_linux.go) and the one of CDI. What is not there has no line.
gpu_programs() {
    (
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        command -v nvidia-container-runtime-hook
        command -v nvidia-cdi-hook
    )
}
