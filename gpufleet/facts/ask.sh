#!/bin/sh
# Questions to the system's own dockerd, which may hang: all of them together last ${seconds}. Read by facts.


: "${seconds:=7}"

# Sets ${now}: hundredths of a second since the boot
look_at_clock() {
    read -r now _ </proc/uptime
    now=$((${now%.*} * 100 + 1${now#*.} - 100))
}

look_at_clock
ask_until=$((now + seconds * 100))

# Sets ${left}, in seconds; fails when nothing is left
time_is_left() {
    look_at_clock
    left=$((ask_until - now))
    [ "$left" -ge 10 ] || return 124
    left=$((left / 100)).$((left / 10 % 10))
}

# The process of dockerd, where one runs; `desktop` where Docker Desktop serves this WSL distribution: its dockerd runs in
# another one, and of ours its socket and its `docker` are all that is seen. Asking it starts nothing.
daemon() {
    case $(readlink -f "$(command -v docker)") in
    /mnt/wsl/docker-desktop*) [ ! -S /run/docker.sock ] || echo desktop ;;
    *) dockerd_pid ;;
    esac
}

# Docker Desktop has been here, and is not now: its link leads nowhere, or its socket is gone
desktop_is_away() {
    case $(readlink /usr/bin/docker) in
    /mnt/wsl/docker-desktop*) [ -z "$(daemon)" ] ;;
    *) return 1 ;;
    esac
}

away() {
    echo "Docker Desktop does not run, or not for this distribution"
}

# What `docker "$@"` prints; 124 or 137 where there was no answer in time.
ask() {
    time_is_left || return
    timeout -k 1 "$left" docker -H unix:///run/docker.sock "$@"
}

# What dockerd's API has at $1, of which dockerd.sh says more.
ask_api() {
    time_is_left || return
    docker_api "$left" "$1"
}

# Of a question with this status, which has failed: why no answer can be had.
silence() {
    case $1 in
    124 | 137) echo "dockerd gives no answer within $seconds s" ;;
    *) echo "dockerd does not answer" ;;
    esac
}
