#!/bin/sh
# A shell in a sandbox.
# $1: the process whose end means that the caller is gone. $2: the sandbox. $3: as whom, or nothing. $4: terminal where
# there is one. $5: the command that mends a sandbox. $6: a name for this session. $7: socket of an SSH agent on the
# host, or nothing, and $8: where it shows inside. $9: what runs.

docker='docker -H unix:///run/docker.sock'
watched=$1 sandbox=$2 user=$3 terminal=$4 mend=$5 session=$6 agent=$7 agent_inside=$8 shell=$9

say() {
    [ -z "$agent" ] || rm -f -- "$agent"
    printf 'gpufleet: %s\n' "$1" >&2
    exit 125
}

state='{{.State.Status}} {{index .Config.Labels "gpufleet.sandbox"}}'
found=$($docker container inspect --format "$state" "$sandbox" 2>&1 | tail -n 1)
case $found in
"running $sandbox") ;;
*'o such container'*) say "sandbox $sandbox is declared, and not there: \`$mend\` makes it, or says why it waits" ;;
"paused $sandbox") say "sandbox $sandbox is paused: \`docker unpause $sandbox\` there lets it go on" ;;
"restarting $sandbox") say "sandbox $sandbox ends as soon as it starts: see \`docker logs $sandbox\` there" ;;
*" $sandbox") say "sandbox $sandbox is stopped (${found% *}): \`$mend\` starts it, or \`docker start $sandbox\` there" ;;
[a-z]*' '*) case $found in
    *rror* | *annot*) say "$found" ;;
    *) say "there is a container $sandbox that is not gpufleet's: \`$mend\` says more" ;;
    esac ;;
*) say "$found" ;;
esac

# What looks only, and is nobody's work (gpufleet/containers/use.py)
probe() { $docker exec --env GPUFLEET_PROBE=1 "$@"; }

if [ -n "$agent" ]; then
    id=${user:-$(probe "$sandbox" id -u)}
    probe --user 0 "$sandbox" chown "$id" "$agent_inside" >/dev/null 2>&1 ||
        say "the SSH agent does not show in sandbox $sandbox: it has another workspace than declared, \`$mend\` says more"
fi

# Docker leaves what it has begun in a container when its client ends by a signal (https://github.com/moby/moby/issues/9098):
# a shell whose connection broke would make the sandbox one in use for ever. A terminal that is gone hangs up, so this does.
(
    trap '' HUP INT QUIT TERM
    while [ -d "/proc/$$" ] && [ -d "/proc/$watched" ]; do sleep 1; done
    [ -z "$agent" ] || rm -f -- "$agent"
    if [ -d "/proc/$$" ]; then kill "$$"; fi
    case $($docker container inspect --format '{{.ExecIDs}}' "$sandbox") in
    '[]' | '') exit ;;
    esac
    # As the shell's own user: root in a container may not look into others' processes
    # shellcheck disable=SC2016 # for the shell inside
    probe ${user:+--user "$user"} "$sandbox" sh -c '
        for each in /proc/[0-9]*; do
            if tr "\0" "\n" <"$each/environ" | grep -Fqx "GPUFLEET_SHELL=$1" && grep -q "^PPid:[[:space:]]*0$" "$each/status"
            then kill -HUP "${each#/proc/}"; fi
        done' sh "$session"
) </dev/null >/dev/null 2>&1 &

set -- --workdir /app --env "GPUFLEET_SHELL=$session"
[ "$terminal" != terminal ] || set -- "$@" --tty --env "TERM=${TERM:-xterm}" --detach-keys ctrl-@,ctrl-@
[ -z "${COLORTERM:-}" ] || set -- "$@" --env "COLORTERM=$COLORTERM"
[ -z "$user" ] || set -- "$@" --user "$user"
[ -z "$agent" ] || set -- "$@" --env "SSH_AUTH_SOCK=$agent_inside"
# shellcheck disable=SC2086
exec $docker exec --interactive "$@" "$sandbox" sh -c "$shell"
