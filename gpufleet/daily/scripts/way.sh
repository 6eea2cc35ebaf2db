#!/bin/sh
# The way to Docker for the user who connects: its socket as it is, or as another user. Then $4 runs with the number of
# the process whose end means that the caller is gone, and with the words behind it.
# $1: far over SSH, else here. $2: sudo, doas or dzdo, or none. $3: as whom.

caller=$1 become=$2 whom=$3 script=$4
shift 4
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
# Where they ask for a password, whatever input and output are. sshd makes one for a session with a terminal only
if ! (: </dev/tty) 2>/dev/null && ! "$become" -n -u "$whom" true >/dev/null 2>&1; then
    none='there is no terminal: run this in one'
    [ "$caller" = here ] || none='SSH makes no terminal where input or output is none: run this without pipes'
    say "$become asks $(id -un) for a password here, and $none, or $instead"
fi
exec "$become" -u "$whom" sh -c "$script" gpufleet "$watched" "$@"
