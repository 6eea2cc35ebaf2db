#!/bin/sh
# Make dockerd run with the present daemon.json, or with the previous one again if it does not. Runs behind
# daemon-json.sh and dockerd.sh. Arguments: reload, live-restore (a restart that the running containers are to outlive,
# although the daemon is not set for that yet) or restart (a start, where none runs); digest of the file that was
# compared; a template for `docker info` and what it must print; how many seconds a start may take. Standard input, a
# line each, in base64: whose keys the previous file may hold; for live-restore the previous content with that key on,
# since a daemon that starts without it ends the containers that it finds (nothing, where that is not known).
# shellcheck disable=SC2154 # daemon-json.sh sets the names
how=$1 expected=$2 template=$3 shown=$4 patience=$5
read -r previous_keys
read -r previous_content
since=$(date +%s.%N)

ask() {
    timeout -k 1 5 docker -H unix:///run/docker.sock "$@" 2>/dev/null
}

# What dockerd, or the init script, had to complain about since this script began
log() {
    if [ -d /run/systemd/system ]; then
        journalctl -u docker.service --since "@$since" -o cat --no-pager 2>/dev/null
    else
        tail -q -n 40 /var/log/docker.log "$state/docker/start.log" 2>/dev/null
    fi | grep -v -E 'level=(debug|info|warning)' | tail -n 6
}

wait_until() {
    end=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt "$end" ] || return 1
        sleep 0.2
    done
}

shows_file() {
    [ "$(ask info --format "$template")" = "$shown" ]
}

answers() {
    ask info --format '{{.ServerVersion}}' >/dev/null
}

# dockerd says by an event that it took a reload up; that it refused one, only by a line in its log
reload_event() {
    [ -n "$(ask events --since "$reload_begin" --until "$(date +%s.%N)" --filter type=daemon --filter event=reload)" ]
}

reload_ended() {
    [ ! -e "/proc/$pid" ] || reload_event ||
        { [ -d /run/systemd/system ] && log | grep -q -E 'Error (reconfiguring|reloading)'; }
}

reload() {
    pid=$(dockerd_pid)
    reload_begin=$(date +%s.%N)
    kill -HUP "$pid" && wait_until 15 reload_ended && [ -e "/proc/$pid" ] && reload_event
}

gone() {
    [ -z "$(dockerd_pid)" ]
}

started_or_died() {
    answers || ! kill -0 "$(cat /run/docker-ssd.pid)" 2>/dev/null
}

restarted() {
    systemctl reset-failed docker.service docker.socket 2>/dev/null
    timeout "$patience" systemctl restart "$@" 2>/dev/null
}

# Docker's init scripts raise limits first, and end where they may not: without CAP_SYS_RESOURCE, as in some virtual
# machines and containers. There the same script is read with a ulimit that may fail, and dockerd keeps the host's limits.
start_by_script() {
    service docker start && return
    grep -q 'ulimit: ' "$state/docker/start.log" || return 1
    # shellcheck disable=SC2016 # the other shell's variables
    env -i PATH="$PATH" sh -c 'ulimit() { command ulimit "$@" || :; }; . "$0"' /etc/init.d/docker start
}

# systemd tells a failed start by itself (the unit is of type notify); an init script leaves dockerd in the background
start_anew() {
    programs=$(gpu_programs)
    if [ -d /run/systemd/system ]; then
        # Beside a dockerd that runs systemd starts no socket, and without one dockerd does not start again
        if systemctl show docker.service -p ExecStart | grep -q fd:// && ! systemctl -q is-active docker.socket; then
            systemctl stop docker.service
        fi
        restarted docker.service || {
            # A socket whose unit was masked for a while is active, and has lost what it hands to dockerd
            log | grep -q 'no sockets found via socket activation' && restarted docker.socket docker.service
        } || return 1
        wait_until 10 answers
        return
    fi
    pid=$(dockerd_pid)
    if [ -n "$pid" ]; then
        kill -TERM "$pid"
        wait_until "$patience" gone || return 1
        rm -f /run/docker-ssd.pid
    fi
    start_by_script >"$state/docker/start.log" 2>&1 </dev/null 9>&- && wait_until "$patience" started_or_died && answers
}

# What the dockerd that runs now has loaded and, where this script has started it, which programs for GPUs it has found
remember_daemon() {
    identity=$(dockerd_identity "$(dockerd_pid)")
    if [ -n "${programs+started}" ]; then
        printf '%s\n' "$identity" "$programs" >"$state/docker/gpu-programs.new" &&
            place "$state/docker/gpu-programs.new" "$state/docker/gpu-programs" || return 1
    fi
    remember_loaded "$identity"
}

# The file that a daemon is known to have run with, else the one that we replaced last; fails where that is this one
put_previous_back() {
    previous=$backup/daemon.json
    [ ! -e "$loaded.id" ] || previous=$loaded.json
    if [ -n "$previous_content" ]; then
        printf %s "$previous_content" | base64 -d >"$backup/daemon.json.live"
        previous=$backup/daemon.json.live
    fi
    if [ -e "$previous" ]; then
        ! cmp -s "$previous" "$file" || return 1
    else
        [ -e "$file" ] && [ -e "$loaded.id" ] || return 1
    fi
    copy "$file" "$backup/daemon.json.refused" || return 1
    printf %s "$previous_keys" | remember_keys || return 1
    if [ -e "$previous" ]; then
        prepare_new 600 <"$previous" && place "$new" "$file"
    else
        rm -f "$file"
    fi
}

# Arguments: what dockerd did not do, and whether it has to be started again
give_up() {
    lines=$(log)
    if ! put_previous_back; then
        fail "$1, and no other $file is known to have worked. dockerd logged:
$lines"
    fi
    since=$(date +%s.%N)
    if { [ "$2" = reload ] && [ -n "$(dockerd_pid)" ] && answers; } || start_anew; then
        remember_daemon
        fail "$1: the previous file is back and dockerd serves with it. The other one is kept as \
$backup/daemon.json.refused. dockerd logged:
$lines"
    fi
    fail "$1: the previous file is back, but dockerd does not serve with it either. With the new file it logged:
$lines
With the previous one:
$(log)"
}

[ "$(digest)" = "$expected" ] || fail "$file was changed by somebody else just now: run again"
if [ "$how" = live-restore ]; then
    if ! reload || [ "$(ask info --format '{{.LiveRestoreEnabled}}')" != true ]; then
        give_up "dockerd did not take up live-restore, without which a restart stops the running containers" reload
    fi
fi
if [ "$how" = reload ]; then
    reload || give_up "dockerd did not take up $file on a reload" reload
    wait_until 5 shows_file || fail "dockerd took up $file on a reload, but docker info does not show what it holds"
else
    start_anew || give_up "dockerd did not start with $file" restart
    wait_until 5 shows_file || give_up "dockerd started, but does not show what $file holds" restart
fi
remember_daemon
