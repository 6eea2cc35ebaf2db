#!/bin/sh
# Functions that find the dockerd of this host and tell it from every other one. Read by facts and by operations.

# Whether a process is a dockerd, told without asking any program
is_dockerd() {
    [ -n "$1" ] && { read -r name <"/proc/$1/comm"; } 2>/dev/null && [ "$name" = dockerd ]
}

# Its process id, nothing where none runs: what stands in the file that dockerd writes itself, or what systemd started.
# A process of that number that is not dockerd is a file left over; a dockerd of a container has no file here.
dockerd_pid() {
    candidate=
    { read -r candidate </run/docker.pid; } 2>/dev/null
    if is_dockerd "$candidate"; then
        while IFS= read -r group; do
            case $group in
            */docker.service)
                echo "$candidate"
                return
                ;;
            esac
        done <"/proc/$candidate/cgroup"
    fi
    main=
    [ ! -d /run/systemd/system ] || main=$(systemctl show docker.service -p MainPID --value)
    for candidate in "$main" "$candidate"; do
        if is_dockerd "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

# Boot, process id and start (in ticks since the boot) of a process, nothing when it is gone. No clock is asked, so a
# clock that is set makes no difference.
dockerd_identity() {
    identified=$1
    { read -r ticks <"/proc/$identified/stat"; } 2>/dev/null || return 0
    read -r boot </proc/sys/kernel/random/boot_id
    # shellcheck disable=SC2086 # a word for each field behind the program's name
    set -- ${ticks##*) }
    echo "$boot $identified ${20}"
}

# Why a dockerd that runs can't answer, where that shows without waiting for it
dockerd_paused() {
    { read -r paused <"/proc/$1/stat"; } 2>/dev/null || return 0
    case ${paused##*) } in
    [Tt]*) echo "its process $1 is paused by a signal (SIGSTOP)" ;;
    esac
}

# The body of dockerd's answer to a GET for $2, within $1 seconds. `docker info` would first run every plugin of the
# client, which takes three times as long; perl-base is on every Debian and Ubuntu. Fails with 2 where nobody listens,
# with 3 for another answer than 200, with 124 or 137 for none.
docker_api() {
    # shellcheck disable=SC2016 # perl's variables
    timeout -k 1 "$1" perl -e 'use Socket;
        socket(S, AF_UNIX, SOCK_STREAM, 0) && connect(S, pack_sockaddr_un("/run/docker.sock")) or exit 2;
        syswrite S, "GET $ARGV[0] HTTP/1.0\r\nHost: docker\r\n\r\n";
        undef $/; $_ = <S>; s/^HTTP\S+ 200 .*?\r\n\r\n//s or exit 3; print' "$2" 2>/dev/null
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
