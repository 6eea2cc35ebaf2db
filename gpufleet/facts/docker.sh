#!/bin/sh
# Docker's daemon and its configuration, as key=value lines (contents in base64). Needs a POSIX shell and the essential
# packages; reads only, as root; always succeeds. ${info_seconds} bounds the time that the daemon may take to answer.

: "${info_seconds:=10}"

# A file: its content, nothing when there is none, or why it cannot be read
content() {
    if [ -e "$2" ] || [ -L "$2" ]; then
        if [ ! -f "$2" ]; then
            say "$1_unreadable" "not a regular file"
        elif encoded=$(base64 -w 0 <"$2"); then
            say "$1" "base64:$encoded"
        else
            say "$1_unreadable" "it cannot be read as $(id -un)"
        fi
    elif [ -d "${2%/*}" ] && [ ! -x "${2%/*}" ]; then
        say "$1_unreadable" "its folder cannot be searched as $(id -un)"
    fi
} 2>/dev/null

state=/var/lib/gpufleet
content file /etc/docker/daemon.json
say file_time "$(stat -L -c %.9Y /etc/docker/daemon.json 2>/dev/null)"
say authority_time "$(stat -L -c %.9Y /usr/local/share/ca-certificates/managed-by-gpufleet-*.crt 2>/dev/null |
    sort -rn | head -n 1)"
# Programs by which dockerd knows, at its start, that it can give GPUs to containers; and those that one is known to
# have found: its identity, then their paths
gpu_programs | while read -r program; do
    say gpu_program "$(stat -c %.9Z "$program" "$(readlink -f "$program")" | sort -n | tail -n 1) $program"
done
[ ! -f $state/docker/gpu-programs ] || sed 's/^/gpu_found=/' $state/docker/gpu-programs
content keys $state/daemon-keys.json
content loaded $state/docker/loaded.json
content loaded_keys $state/docker/loaded.keys
[ ! -f $state/docker/loaded.id ] || say loaded_by "$(cat $state/docker/loaded.id)"

say program "$(command -v dockerd)"
[ ! -x /etc/init.d/docker ] || say init_script yes
if [ -d /run/systemd/system ]; then
    say systemd yes
    systemctl show docker.service -p LoadState,ActiveState,SubState,UnitFileState,ExecStart,Environment |
        sed 's/^/service_/'
    systemctl show docker.socket -p LoadState,ActiveState,SubState,UnitFileState | sed 's/^/socket_/'
    systemctl show docker.service -p EnvironmentFiles --value | sed 's/ (ignore_errors=[a-z]*)$//' |
        while IFS= read -r file; do
            [ -z "$file" ] || content environment "$file"
        done
else
    content environment /etc/default/docker
fi

# The daemon. One that somebody stopped is not asked: connecting to its socket would start it.
pid=$(dockerd_pid)
if [ -n "$pid" ]; then
    say pid "$pid"
    say identity "$(dockerd_identity "$pid")"
    # In this order a pause between the two makes the daemon look older than it is, never younger
    say now "$(date +%s.%N)"
    read -r uptime _ </proc/uptime
    say uptime "$uptime"
    if command -v docker >/dev/null; then
        answer=$(timeout -k 1 "$info_seconds" docker -H unix:///run/docker.sock info --format '{{json .}}' 2>/dev/null)
        code=$?
        case $code,$answer in
        124,* | 137,*) say info_trouble "no answer within $info_seconds s" ;;
        *,'{'*) say info "$answer" ;;
        *) say info_trouble "docker info ended with code $code" ;;
        esac
    else
        say info_trouble "there is no docker command (package docker-cli or docker-ce-cli)"
    fi
fi
echo end=yes
