#!/bin/sh
# A job in a container that ends with its caller.
# $1: the process whose end means that the caller is gone. $2: the job's id, which its label has. $3: a private file
# with variables, or nothing. Then the words of `docker run`.

docker='docker -H unix:///run/docker.sock'
watched=$1 job=$2 variables=$3
shift 3

if [ -n "$variables" ] && ! [ -r "$variables" ]; then
    echo 'gpufleet: the variables of this job have waited too long and were removed: run it again' >&2
    exit 125
fi

# Docker's client hands signals on to the job and removes its container, but for one: SIGKILL. And over SSH without a
# terminal it gets no signal at all when the connection ends.
(
    trap '' HUP INT QUIT TERM
    while [ -d "/proc/$$" ] && [ -d "/proc/$watched" ]; do sleep 1; done
    if [ -d "/proc/$$" ]; then kill "$$"; fi
    for _ in 1 2 3; do
        left=$($docker ps --all --quiet --filter "label=gpufleet.job=$job")
        # shellcheck disable=SC2086 # a word for each
        if [ -n "$left" ]; then $docker stop --time 10 $left; fi
        # shellcheck disable=SC2086
        if [ -n "$left" ]; then $docker rm --force $left; fi
        if [ -d "/proc/$watched" ]; then break; fi
        sleep 1
    done
) </dev/null >/dev/null 2>&1 &

if [ -n "$variables" ]; then
    exec 3<"$variables"
    rm -f -- "$variables"
    set -- --env-file /dev/fd/3 "$@"
fi
# shellcheck disable=SC2086
exec $docker run "$@"
