#!/bin/sh
# Every container with its runtime and its requests for devices, as key=value lines. Runs behind report.sh, dockerd.sh
# and ask.sh. Reads only, as root; always succeeds.
service='{{with .Config.Labels}}{{index . "com.docker.swarm.service.name"}}{{end}}'
format="container={{.State.Status}}|{{.HostConfig.Runtime}}|{{len .HostConfig.DeviceRequests}}|$service|{{.Name}}"

if command -v docker >/dev/null && { command -v dockerd >/dev/null || [ "$(daemon)" = desktop ]; }; then
    # A daemon that somebody stopped is not asked: connecting to its socket would start it
    pid=$(daemon)
    paused=${pid:+$(dockerd_paused "$pid")}
    if [ -z "$pid" ]; then
        say stopped "dockerd does not run"
    elif [ -n "$paused" ]; then
        say trouble "$paused"
    elif ! ids=$(ask ps -aq --no-trunc 2>/dev/null); then
        say trouble "$(silence $?)"
    elif [ -n "$ids" ]; then
        # What is removed in this moment is left out
        # shellcheck disable=SC2086 # a word for each
        found=$(ask inspect --type container --format "$format" $ids 2>/dev/null) || [ -n "$found" ] ||
            say trouble "$(silence $?)"
        printf '%s\n' "$found"
    fi
fi
echo end=yes
