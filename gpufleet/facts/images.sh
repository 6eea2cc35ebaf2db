#!/bin/sh
# Our images and all containers, as key=value lines. Reads only, as root; always succeeds.

ask() {
    timeout -k 1 20 docker -H unix:///run/docker.sock "$@" 2>/dev/null
}

# Of those found by `docker $1`, what `docker $2` shows. What goes in between is looked for once more.
each() {
    # shellcheck disable=SC2086 # words of a command
    found=$(ask $1) || return 1
    [ -n "$found" ] || return 0
    # shellcheck disable=SC2086 # words of a command, ids
    shown=$(ask $2 --format "$3" $found) && printf '%s\n' "$shown"
}

answers() {
    answer=$(each "$2" "$3" "$4") || answer=$(each "$2" "$3" "$4") || return 1
    [ -z "$answer" ] || printf '%s\n' "$answer" | sed "s/^/$1=/"
}

[ ! -f /var/lib/gpufleet/cuda-image ] || say remembered "$(cat /var/lib/gpufleet/cuda-image)"
if command -v dockerd >/dev/null || command -v docker >/dev/null; then
    say docker yes
    # A daemon that somebody stopped is not asked: connecting to its socket would start it
    if [ -z "$(dockerd_pid)" ]; then
        say trouble "dockerd does not run"
    elif ! answers image "image ls -q --no-trunc --filter label=gpufleet.image" "image inspect" '{{json .}}' ||
        ! answers container "ps -aq --no-trunc" "inspect --type container" \
            '{"Name": {{json .Name}}, "Image": {{json .Image}}, "Labels": {{json .Config.Labels}}}'; then
        say trouble "dockerd does not answer"
    fi
fi
echo end=yes
