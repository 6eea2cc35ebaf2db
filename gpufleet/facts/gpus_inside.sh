#!/bin/sh
# What nvidia-smi lists inside the containers "$@", or what Docker says of one that does not run, as
# `seen=NAME|EXIT CODE|LINES BETWEEN BARS`. Runs behind dockerd.sh and ask.sh. Reads only, as root; always succeeds. ${gpu_seconds} bounds the time for nvidia-smi.
# Whoever looks at the processes of these containers at the same time knows ours by a variable (containers.sh).

export LC_ALL=C
: "${gpu_seconds:=20}"
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

list() {
    # In a folder that is there whatever happens to the workspace
    timeout -k 1 "$gpu_seconds" docker -H unix:///run/docker.sock \
        exec --workdir / --env GPUFLEET_PROBE=yes "$1" nvidia-smi -L 2>&1
}

inside() {
    answer=$(list "$1")
    code=$?
    # runc's helper may die on a busy host before anything was begun inside ("read init-p: connection reset by peer",
    # measured): that says nothing about GPUs, and nothing is wrong with the container
    case $answer in
        *"waiting for init preliminary setup"*)
            answer=$(list "$1")
            code=$?
            ;;
    esac
    printf 'seen=%s|%s|%s\n' "$1" "$code" "$(printf %s "$answer" | head -c 3500 | tr '\n' '|')"
}

if command -v docker >/dev/null; then
    pid=$(daemon)
    paused=${pid:+$(dockerd_paused "$pid")}
    if [ -z "$pid" ]; then
        printf 'stopped=dockerd does not run\n'
    elif [ -n "$paused" ]; then
        printf 'trouble=%s\n' "$paused"
    else
        # One that hangs would hold up nvidia-smi's own time
        ask_api /_ping >/dev/null
        code=$?
        if [ $code = 0 ]; then
            for name; do inside "$name" & done
        else
            printf 'trouble=%s\n' "$(silence $code)"
        fi
        wait
    fi
fi
echo end=yes
