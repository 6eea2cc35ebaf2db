#!/bin/sh
# Docker's daemon and its configuration, as key=value lines (contents in base64). Needs a POSIX shell and the essential
# packages; reads only, as root; always succeeds. ${info_seconds} bounds the time that the daemon may take to answer
# everything that it is asked.

: "${info_seconds:=7}"

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

# Both of the same tick, even under load; should no try achieve that, the daemon looks older than it is, never younger
tries=50
while
    read -r before _ </proc/uptime
    now=$(date +%s.%N)
    read -r uptime _ </proc/uptime
    tries=$((tries - 1))
    [ "$before" != "$uptime" ] && [ "$tries" -gt 0 ]
do :; done
say now "$now"
say uptime "$uptime"
state=/var/lib/gpufleet
file=/etc/docker/daemon.json
content file $file
# When it changed, not what it was given as its time: a file that was moved here may bear an older one. So may what a
# link leads to that was put in its place.
{
    stat -c file_time=%.9Z $file
    [ ! -L $file ] || stat -L -c file_time=%.9Z $file
} 2>/dev/null
set -- /usr/local/share/ca-certificates/managed-by-gpufleet-*.crt
[ ! -e "$1" ] || stat -L -c 'authority=%.9Z %n' "$@"
# Programs by which dockerd knows, at its start, that it can give GPUs to containers (links, then what they lead to);
# and those that one is known to have found: its identity, then their paths
gpu_programs | while read -r program; do
    stat -c "gpu_program=%.9Z $program" "$program"
    [ ! -L "$program" ] || stat -L -c "gpu_program=%.9Z $program" "$program"
done
[ ! -f $state/docker/gpu-programs ] || sed 's/^/gpu_found=/' $state/docker/gpu-programs
content keys $state/daemon-keys.json
content loaded $state/docker/loaded.json
content loaded_keys $state/docker/loaded.keys
loaded_by=
{ read -r loaded_by <$state/docker/loaded.id; } 2>/dev/null
say loaded_by "$loaded_by"

say program "$(command -v dockerd)"
[ ! -x /etc/init.d/docker ] || say init_script yes
if [ -d /run/systemd/system ]; then
    say systemd yes
    properties=LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,StateChangeTimestampMonotonic
    unit=service # an empty line stands between the two
    systemctl show docker.service docker.socket -p "$properties,ExecStart,Environment,EnvironmentFiles" |
        while IFS= read -r line; do
            case $line in
            '') unit=socket ;;
            EnvironmentFiles=?*)
                line=${line#*=}
                content environment "${line% (ignore_errors=*)}"
                ;;
            *) printf '%s_%s\n' "$unit" "$line" ;;
            esac
        done
else
    content environment /etc/default/docker
fi

# {"type": {"daemon": true}, "event": {"reload": true}}
reloads=filters=%7B%22type%22%3A%7B%22daemon%22%3Atrue%7D%2C%22event%22%3A%7B%22reload%22%3Atrue%7D%7D

# GET $1 in what is left of the time
ask() {
    read -r seconds _ </proc/uptime
    left=$((${uptime%.*} + info_seconds - 1 - ${seconds%.*}))
    docker_api $((left > 0 ? left : 1)) "$1"
}

# The daemon. One that somebody stopped is not asked: connecting to its socket would start it.
pid=$(dockerd_pid)
answer=
if [ -n "$pid" ]; then
    say pid "$pid"
    identity=$(dockerd_identity "$pid")
    say identity "$identity"
    paused=$(dockerd_paused "$pid")
    if [ -n "$paused" ]; then
        say info_trouble "$paused"
    else
        answer=$(ask /info)
        case $?,$answer in
        0,'{'*) say info "$answer" ;;
        124,* | 137,*) say info_trouble "no answer within $info_seconds s" ;;
        2,*) say info_trouble "its socket /run/docker.sock takes no connection" ;;
        *) say info_trouble "it does not tell about itself" ;;
        esac
    fi
fi
if [ -z "$answer" ]; then
    # dockerd's own memory of a swarm; it is gone once the host has left (moby, daemon/cluster, clearPersistentState)
    root=$(sed -n 's/.*"data-root"[[:space:]]*:[[:space:]]*"\(\/[^"]*\)".*/\1/p' $file 2>/dev/null)
    [ ! -s "${root:-/var/lib/docker}/swarm/docker-state.json" ] || say swarm yes
elif [ $file -nt /run/docker.pid ] && ! cmp -s $file $state/docker/loaded.json; then
    # Whether it was told to read the file again after that changed, by somebody else: it remembers its last 256 events
    say_lines reload <<EOF
$(ask "/events?since=$(stat -L -c %.9Z $file)&until=$(date +%s)&$reloads")
EOF
fi
echo end=yes
