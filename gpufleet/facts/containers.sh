#!/bin/sh
# Our containers, those of ${names}, and what the image references ${references} stand for (words between blanks), as
# key=value lines. Runs behind dockerd.sh and ask.sh. Needs a POSIX shell and the essential packages; reads only, as
# root; always succeeds. The values of containers' variables, which are often secrets, stay on the host: of ${variables}
# digests are printed, and in clear what NVIDIA's runtime reads.

export LC_ALL=C
: "${names=}" "${references=}" "${variables=}"
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

finish() {
    [ -z "$1" ] || printf '%s=%s\n' "$1" "$2"
    echo end=yes
    exit 0
}

# Behind a question that failed with this status: returns where the daemon says that there is no such thing. A daemon
# that says nothing, or something else, is no reason to take anything for absent.
absent() {
    failed=$1
    shift
    case $failed in 124 | 137) finish trouble "$(silence "$failed")" ;; esac
    said=$(ask "$@" 2>&1 >/dev/null)
    code=$?
    case $code in 124 | 137) finish trouble "$(silence $code)" ;; esac
    unknown='no such |invalid reference format'
    if ! printf '%s\n' "$said" | grep -qiE "$unknown" || printf '%s\n' "$said" | grep . | grep -qivE "$unknown"; then
        finish trouble "$(silence "$failed")"
    fi
}

# A container on one line; its variables follow, each behind a blank
shape='{"Id":{{json .Id}},"Name":{{json .Name}},"Image":{{json .Image}},"Created":{{json .Created}}'
shape=$shape',"State":{{json .State}},"Mounts":{{json .Mounts}},"HostConfig":{{json .HostConfig}}'
shape=$shape',"ExecIDs":{{json .ExecIDs}},"Config":{"Image":{{json .Config.Image}},"User":{{json .Config.User}}'
shape=$shape',"Labels":{{json .Config.Labels}},"Entrypoint":{{json .Config.Entrypoint}},"Cmd":{{json .Config.Cmd}}'
shape=$shape',"Tty":{{json .Config.Tty}}}}{{println}}{{range .Config.Env}}{{print " "}}{{println .}}{{end}}'
image_shape='{"Id":{{json .Id}},"Config":{{if .Config}}{"User":{{json .Config.User}},"Labels":{{json .Config.Labels}}}'
image_shape=$image_shape'{{else}}null{{end}}}'

# Containers, as `docker inspect` shows them on standard input
containers() {
    while IFS= read -r line; do
        case $line in
        '{"Id":"'*'","Name":"/'*)
            id=${line#*:\"}
            id=${id%%\"*}
            printf 'container=%s\n' "$line"
            ;;
        ' '*=*) variable "${line# }" ;;
        esac
    done
}

variable() {
    case " $variables " in
    *" ${1%%=*} "*)
        printf 'digest=%s|%s|%s\n' "$id" "${1%%=*}" "$(printf %s "$1" | sha256sum | cut -d ' ' -f 1)"
        ;;
    esac
    case $1 in
    NVIDIA_VISIBLE_DEVICES=* | NVIDIA_DRIVER_CAPABILITIES=*) printf 'gpu=%s|%s\n' "$id" "$1" ;;
    esac
}

# The processes of the containers $1 (ids between |), which are those of their control groups, wherever these lie: what
# /proc shows of each, which of them only look at the GPUs inside (gpus_inside.sh), and where something is mounted that
# is no longer on the host
processes() {
    members=$(grep -soHE "$1" /proc/[0-9]*/cgroup | sort -u)
    stats='' states='' environments='' descriptors='' mounts=''
    for member in $members; do
        folder=${member%/cgroup:*}
        printf 'member=%s|%s\n' "${folder#/proc/}" "${member##*:}"
        stats="$stats $folder/stat" states="$states $folder/status"
        environments="$environments $folder/environ" descriptors="$descriptors $folder/fd"
        mounts="$mounts $folder/mountinfo"
    done
    [ -n "$members" ] || return 0
    # shellcheck disable=SC2086 # a word for each
    {
        grep -sH . $stats | sed 's,^/proc/\([0-9]*\)/stat:,stat=\1|,'
        grep -sH '^NSpid:' $states | sed 's,^/proc/\([0-9]*\)/.*[[:space:]],inside=\1|,'
        grep -sHE '^([^ ]+ ){3}[^ ]*//deleted ' $mounts |
            sed -nE 's,^/proc/([0-9]+)/mountinfo:([^ ]+ ){4}([^ ]+) .*,deleted=\1|\3,p'
        grep -slz '^GPUFLEET_PROBE=' $environments | sed 's,^/proc/\([0-9]*\)/.*,probe=\1,'
        find $descriptors \( -lname '/dev/nvidia*' -o -lname /dev/dxg \) -print 2>/dev/null |
            sed 's,^/proc/\([0-9]*\)/.*,at_gpu=\1,' | sort -u
    }
}

if ! command -v dockerd >/dev/null && ! command -v docker >/dev/null; then
    # Where it was, nothing is known about what it keeps
    [ ! -e /var/lib/gpufleet/stamp.json ] || finish stopped "Docker is no longer installed"
    finish no_docker yes
fi
if ! command -v docker >/dev/null; then
    package=docker-cli
    [ ! -e /var/lib/dpkg/info/docker-ce.list ] || package=docker-ce-cli
    printf 'missing=%s\n' $package
    finish trouble "there is no docker command (package $package)"
fi
# A daemon that somebody stopped is not asked: connecting to its socket would start it
pid=$(dockerd_pid)
[ -n "$pid" ] || finish stopped "dockerd does not run"
paused=$(dockerd_paused "$pid")
[ -z "$paused" ] || finish trouble "$paused"

listed=$(ask ps -a --no-trunc --format '{{.ID}}|{{.Names}}|{{.Label "gpufleet.sandbox"}}' 2>/dev/null) ||
    finish trouble "$(silence $?)"
found=$(printf '%s\n' "$listed" | while IFS='|' read -r id called sandbox; do
    for name in $names; do
        case ",$called," in *",$name,"*) sandbox=yes ;; esac
    done
    [ -z "$sandbox" ] || printf '%s ' "$id"
done)
if [ -n "$found" ]; then
    # One that is removed in this moment is left out
    # shellcheck disable=SC2086 # a word for each
    answer=$(ask container inspect --format "$shape" $found 2>/dev/null) || absent $? container inspect $found
    printf '%s\n' "$answer" | containers
    processes "$(printf %s "${found% }" | tr ' ' '|')"
fi
# shellcheck disable=SC2086 # a word for each
if [ -n "$references" ] && shown=$(ask image inspect --format "$image_shape" $references 2>/dev/null); then
    for reference in $references; do
        printf 'image=%s|%s\n' "$reference" "$(printf '%s\n' "$shown" | sed -n 1p)"
        shown=$(printf '%s\n' "$shown" | sed 1d)
    done
else
    # One of them is missing, and the answer does not say which
    for reference in $references; do
        shown=$(ask image inspect --format "$image_shape" "$reference" 2>/dev/null) || {
            absent $? image inspect "$reference"
            continue
        }
        printf 'image=%s|%s\n' "$reference" "$shown"
    done
fi
finish '' ''
