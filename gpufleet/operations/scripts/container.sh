#!/bin/sh
# One container: a verb, its name, for how many seconds it must be seen to run, the numbers of the processes by which it
# was judged idle (between blanks), and for `create` and `replace` the arguments of `docker create`, whose environment
# file stands on standard input, in base64 on one line.
#
# A replaced container is renamed first and kept until its successor runs. Killed at any point, the next run finds
# the old one under its name or under ${previous}, and goes on from there.
verb=$1 name=$2 seconds=$3 judged=$4
shift 4
previous=$name.previous

engine() {
    docker -H unix:///run/docker.sock "$@"
}

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

is_there() {
    engine container inspect "$1" >/dev/null 2>&1
}

status() {
    engine container inspect --format '{{.State.Status}}' "$1" 2>/dev/null
}

restarts() {
    engine container inspect --format '{{.State.Status}} {{.RestartCount}}' "$1" 2>/dev/null
}

# Docker Desktop's dockerd, and the processes of its containers, are in another WSL distribution
desktop() {
    case $(readlink -f "$(command -v docker)") in
    /mnt/wsl/docker-desktop*) ;;
    *) return 1 ;;
    esac
}

# The same as `busy`, as that dockerd tells it
busy_elsewhere() {
    for pid in $(engine top "$1" -eo pid,comm 2>/dev/null | awk 'NR > 1 && $2 !~ /^(nvidia-smi|runc.*)$/ { print $1 }'); do
        case " $judged " in *" $pid "*) ;; *) return 0 ;; esac
    done
    return 1
}

# Whether a container, by its id, has processes that were not there when it was judged. Zombies, what has ended
# meanwhile, what docker exec is about to become another program in, and our own look at the GPUs inside do not count.
busy() {
    if desktop; then
        busy_elsewhere "$1"
        return
    fi
    members=$(grep -ls "$1" /proc/[0-9]*/cgroup | cut -d / -f 3)
    for pid in $members; do
        case " $judged " in *" $pid "*) continue ;; esac
        ! grep -qsz '^GPUFLEET_PROBE=' "/proc/$pid/environ" || continue
        ! grep -qs '^Name:[[:space:]]*runc:\[' "/proc/$pid/status" || continue
        ! grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$pid/status" || return 0
    done
    return 1
}

# Whether anything goes on in a container that was not there when it was judged; where Docker does not say, it does
used() {
    answer=$(engine container inspect --format '{{json .ExecIDs}} {{.Id}}' "$1") || return 0
    ! busy "${answer#* }" || return 0
    case ${answer%% *} in null | '[]') return 1 ;; esac
    # A session that has just begun has no process of its own yet
    sleep 0.5
    busy "${answer#* }"
}

# From now on for so long, without a restart in between
runs() {
    left=$((seconds * 5))
    first=$(restarts "$1")
    case $first in running*) ;; *) return 1 ;; esac
    while [ $left -gt 0 ]; do
        left=$((left - 1))
        sleep 0.2
        [ "$(restarts "$1")" = "$first" ] || return 1
    done
}

# Of its last run: where Docker starts it again and again, there is none while it runs
exit_code() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        ended=$(engine container inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$1")
        case $ended in running*) sleep 0.1 ;; *) break ;; esac
    done
    echo "${ended#* }"
}

start() {
    if [ "$(status "$1")" = paused ]; then
        why=$(engine unpause "$1" 2>&1) || return 1
    else
        why=$(engine start "$1" 2>&1) || return 1
    fi
    runs "$1" && return
    why="it ended with exit code $(exit_code "$1") and said: $(engine logs --tail 5 "$1" 2>&1)"
    return 1
}

make() {
    IFS= read -r environment || true
    created=$(printf %s "$environment" | base64 -d | engine create "$@" 2>&1)
}

# The old container is itself again, and runs if it can. What the new one has of volumes goes with it, but for those
# that the old one handed over: Docker takes them for named ones.
put_back() {
    reason=$1
    ! is_there "$name" || engine rm -f -v "$name" >/dev/null
    engine rename "$previous" "$name" || fail "$reason; the previous container is still called $previous"
    start "$name" || fail "$reason; the previous container is back, and does not start: $why"
    fail "$reason; the previous container is back and runs"
}

case $verb in
create)
    make "$@" || fail "container $name cannot be made: $created"
    start "$name" || {
        engine rm -f -v "$name" >/dev/null
        fail "container $name does not run: $why"
    }
    ;;
start)
    if start "$name"; then
        ! is_there "$previous" || engine rm "$previous" >/dev/null
    elif is_there "$previous"; then
        put_back "container $name does not run: $why"
    else
        fail "container $name does not run: $why"
    fi
    ;;
replace)
    ! is_there "$previous" || fail "container $previous is in the way"
    engine rename "$name" "$previous" || exit 1
    make "$@" || {
        engine rename "$previous" "$name"
        fail "the new container $name cannot be made, the previous one is left as it was: $created"
    }
    ! used "$previous" || put_back "somebody has begun to use container $name"
    engine stop "$previous" >/dev/null || put_back "container $previous cannot be stopped"
    start "$name" || put_back "the new container $name does not run: $why"
    engine rm "$previous" >/dev/null
    ;;
restore)
    case $(status "$name") in running | paused) fail "container $name runs by now" ;; esac
    ! is_there "$name" || engine rm -f "$name" >/dev/null
    engine rename "$previous" "$name"
    ;;
restart)
    ! used "$name" || fail "somebody has begun to use container $name; apply again when it is idle"
    why=$(engine restart "$name" 2>&1) || fail "container $name cannot be restarted: $why"
    runs "$name" || fail "container $name does not run after a restart: $(engine logs --tail 5 "$name" 2>&1)"
    ;;
remove)
    ! used "$name" || fail "somebody has begun to use container $name; apply again when it is idle"
    engine stop "$name" >/dev/null && engine rm "$name" >/dev/null
    ;;
esac
