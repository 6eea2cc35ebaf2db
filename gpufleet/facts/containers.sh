#!/bin/sh
# Our containers, those of ${names}, and what the image references ${references} stand for (words between blanks), as
# key=value lines, JSON in base64. Runs behind dockerd.sh. Needs a POSIX shell and the essential packages; reads only,
# as root; always succeeds. ${seconds} bounds each question to the daemon. The values of containers' variables, which
# are often secrets, stay on the host: of ${variables} digests are printed, and in clear what NVIDIA's runtime reads.

export LC_ALL=C
: "${seconds:=20}" "${names=}" "${references=}" "${variables=}"
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

ask() {
    timeout -k 1 "$seconds" docker -H unix:///run/docker.sock "$@" 2>/dev/null
}

finish() {
    [ -z "$1" ] || printf 'trouble=%s\n' "$1"
    echo end=yes
    exit 0
}

# Of a question that failed for another reason than that there is no such thing
silent() {
    case $1 in
    124 | 137) finish "dockerd gives no answer within $seconds s" ;;
    *) finish "dockerd does not answer" ;;
    esac
}

# Behind a question that failed with this status: returns where the daemon says that there is no such thing. A daemon
# that says nothing, or something else, is no reason to take anything for absent.
absent() {
    failed=$1
    shift
    case $failed in 124 | 137) silent "$failed" ;; esac
    case $(timeout -k 1 "$seconds" docker -H unix:///run/docker.sock "$@" 2>&1 >/dev/null) in
    *[Nn]'o such '* | *'invalid reference format'*) ;;
    *) silent "$failed" ;;
    esac
}

# On one line; its variables follow, so that both come by one answer
shape='{"Id":{{json .Id}},"Name":{{json .Name}},"Image":{{json .Image}},"State":{{json .State}}'
shape=$shape',"Mounts":{{json .Mounts}},"HostConfig":{{json .HostConfig}},"ExecIDs":{{json .ExecIDs}}'
shape=$shape',"Config":{"Image":{{json .Config.Image}},"User":{{json .Config.User}},"Labels":{{json .Config.Labels}}'
shape=$shape',"Entrypoint":{{json .Config.Entrypoint}},"Cmd":{{json .Config.Cmd}},"Tty":{{json .Config.Tty}}}}'
shape=$shape'{{println}}{{range .Config.Env}}{{println .}}{{end}}'

# Of the lines on standard input
environment() {
    while IFS= read -r line; do
        [ -n "$line" ] || continue
        case " $variables " in
        *" ${line%%=*} "*)
            printf 'digest=%s|%s|%s\n' "$1" "${line%%=*}" "$(printf %s "$line" | sha256sum | cut -d ' ' -f 1)"
            ;;
        esac
        case $line in
        NVIDIA_VISIBLE_DEVICES=* | NVIDIA_DRIVER_CAPABILITIES=*) printf 'gpu=%s|%s\n' "$1" "$line" ;;
        esac
    done
}

# A container's processes are those of its control group, wherever that lies
processes() {
    grep -ls "$1" /proc/[0-9]*/cgroup | while IFS=/ read -r _ _ pid _; do
        { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue
        inside=$(sed -n 's/^NSpid:.*[[:space:]]//p' "/proc/$pid/status" 2>/dev/null)
        gpu=$(find "/proc/$pid/fd" \( -lname '/dev/nvidia*' -o -lname /dev/dxg \) -print -quit 2>/dev/null)
        printf 'process=%s|%s|%s|%s\n' "$1" "$(printf %s "$stat" | tr '|' _)" "$inside" "${gpu:+gpu}"
    done
}

if ! command -v dockerd >/dev/null && ! command -v docker >/dev/null; then
    echo no_docker=yes
    finish ''
fi
command -v docker >/dev/null || finish "there is no docker command (package docker-cli or docker-ce-cli)"
# A daemon that somebody stopped is not asked: connecting to its socket would start it
[ -n "$(dockerd_pid)" ] || finish "dockerd does not run"

found=$(ask ps -aq --no-trunc --filter label=gpufleet.sandbox) || silent $?
for name in $names; do
    of_name=$(ask ps -aq --no-trunc --filter "name=^/?$(printf %s "$name" | sed 's/\./\\./g')\$") || silent $?
    found="$found $of_name"
done
# shellcheck disable=SC2086 # a word for each
found=$(printf '%s\n' $found | sort -u)
for id in $found; do
    # One that is removed in this moment is left out
    answer=$(ask container inspect --format "$shape" "$id") || {
        absent $? container inspect "$id"
        continue
    }
    printf 'container=%s\n' "$(printf '%s\n' "$answer" | sed -n 1p | base64 -w 0)"
    printf '%s\n' "$answer" | sed 1d | environment "$id"
    processes "$id"
done
for reference in $references; do
    answer=$(ask image inspect "$reference") || {
        absent $? image inspect "$reference"
        continue
    }
    printf 'image=%s|%s\n' "$reference" "$(printf %s "$answer" | base64 -w 0)"
done
ask version --format '{{.Server.Version}}' >/dev/null || silent $?
finish ''
