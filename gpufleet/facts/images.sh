#!/bin/sh
# Our images and all containers, as key=value lines, each as the JSON that dockerd's API has for a list of them. Runs
# behind report.sh, dockerd.sh and ask.sh. Reads only, as root; always succeeds.

# What dockerd has at $2, as $1. Commands of containers may hold secrets, and are nobody's business.
answer() {
    answered=$(ask_api "$2")
    failed=$?
    case $failed,$answered in
    0,'['*) say "$1" "$answered" | sed -E 's/"Command":"([^"\\]|\\.)*",//g' ;;
    0,*) failed=3 ;;
    esac
    return "$failed"
}

remembered=
{ read -r remembered </var/lib/gpufleet/cuda-image; } 2>/dev/null
say remembered "$remembered"
if desktop_is_away; then
    say missing "Docker Desktop"
    say trouble "$(away)"
elif command -v dockerd >/dev/null || command -v docker >/dev/null; then
    say docker yes
    # A daemon that somebody stopped is not asked: connecting to its socket would start it
    pid=$(daemon)
    paused=${pid:+$(dockerd_paused "$pid")}
    if [ -z "$pid" ]; then
        say stopped "dockerd does not run"
    elif [ -n "$paused" ]; then
        say trouble "$paused"
    # Those that have a label: {"label":["gpufleet.image"]}
    elif ! answer images '/images/json?filters=%7B%22label%22%3A%5B%22gpufleet.image%22%5D%7D' ||
        ! answer containers '/containers/json?all=1'; then
        say trouble "$(silence "$failed")"
    fi
elif [ -e /var/lib/gpufleet/stamp.json ]; then
    say stopped "Docker is no longer installed" # which says nothing about what it keeps
fi
echo end=yes
