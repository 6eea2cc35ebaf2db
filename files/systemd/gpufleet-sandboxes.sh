#!/bin/sh
# Managed by gpufleet. Starts the sandboxes that dockerd tried to start by itself and could not, and no others: dockerd
# keeps the reason of a start that failed, and a sandbox that a person stopped has none. Run by
# gpufleet-sandboxes.service each time that dockerd starts.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# The system's own daemon, whatever context root has chosen
export DOCKER_HOST=unix:///run/docker.sock

# Name and reason of each. What was made from an image of a sandbox has its labels, but not its name.
failed() {
    docker ps -aq --filter label=gpufleet.sandbox --filter status=exited | while read -r id; do
        docker inspect "$id" --format \
            '{{.HostConfig.RestartPolicy.Name}} {{.Name}} {{index .Config.Labels "gpufleet.sandbox"}} {{.State.Error}}'
    done 2>/dev/null | sed -n -E 's,^(always|unless-stopped) /([^ ]+) \2 (.+)$,\2 \3,p' | grep .
}

for pause in 1 2 5 10 20 30 30 0; do
    list=$(failed) || exit 0
    printf '%s\n' "$list" | while read -r name reason; do
        echo "$name was not started: $reason"
        docker start "$name"
    done
    sleep $pause
done
echo "given up: $list"
exit 1
