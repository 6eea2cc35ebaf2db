#!/bin/sh
# The way to Docker for the user who connects: its socket as it is, or as another user. Then $5 runs with the number of
# the process whose end means that the caller is gone, and with the words behind it.
# $1: far over SSH, else here. $2: sudo, doas or dzdo, or none. $3: as whom. $4: terminal where there is one.

caller=$1 become=$2 whom=$3 terminal=$4 script=$5
shift 5
if [ "$caller" = far ]; then watched=$PPID; else watched=$$; fi # sshd's own process of this session

say() {
    printf 'gpufleet: %s\n' "$1" >&2
    exit 125
}

if ! [ -e /run/docker.sock ]; then
    say "Docker does not run here: \`gpufleet check\` says more, \`gpufleet apply\` starts it"
fi
if [ "$(id -u)" = 0 ] || [ -w /run/docker.sock ]; then
    exec sh -c "$script" gpufleet "$watched" "$@"
fi
instead="have $(id -un) in docker_engine_users and run \`gpufleet apply\`, which lets that user use Docker"
if [ "$become" = none ]; then
    say "$(id -un) may not use Docker here, and the inventory names no sudo: $instead"
fi
if ! command -v "$become" >/dev/null; then
    say "$(id -un) may not use Docker here, and there is no $become: $instead"
fi
if [ "$terminal" != terminal ] && ! "$become" -n -u "$whom" true >/dev/null 2>&1; then
    say "$become asks $(id -un) for a password here, and there is no terminal: run this in one, or $instead"
fi
exec "$become" -u "$whom" sh -c "$script" gpufleet "$watched" "$@"
