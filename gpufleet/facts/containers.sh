#!/bin/sh
# Our containers, those of ${names}, and what the image references ${references} stand for (words between blanks), as
# key=value lines. Runs behind dockerd.sh and ask.sh; ${program} is containers.pl. Needs a POSIX shell and the essential
# packages; reads only, as root; always succeeds. The values of containers' variables, which are often secrets, stay on
# the host: of ${variables} digests are printed, and in clear what NVIDIA's runtime reads.

export LC_ALL=C
: "${names=}" "${references=}" "${variables=}" "${program:?}" "${seconds:=7}"
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

finish() {
    [ -z "$1" ] || printf '%s=%s\n' "$1" "$2"
    echo end=yes
    exit 0
}

# What dockerd tells (containers.pl), on standard input
told() {
    while IFS= read -r line; do
        case $line in
        '{"Id":"'*'","Name":"/'*)
            id=${line#*:\"}
            id=${id%%\"*}
            printf 'container=%s\n' "$line"
            ;;
        ' '*=*) variable "${line# }" ;;
        moved=* | image=* | member=* | stat=* | inside=* | probe=* | at_gpu=*) printf '%s\n' "$line" ;;
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

if desktop_is_away; then
    echo 'missing=Docker Desktop'
    finish trouble "$(away)"
fi
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
pid=$(daemon)
[ -n "$pid" ] || finish stopped "dockerd does not run"
paused=$(dockerd_paused "$pid")
[ -z "$paused" ] || finish trouble "$paused"

answer=$(timeout -k 1 "$seconds" perl -e "$program" "$names" "$references" "$pid" 2>/dev/null) ||
    finish trouble "$(silence $?)"
printf '%s\n' "$answer" | told
found=$(printf '%s\n' "$answer" | sed -nE 's/^\{"Id":"([0-9a-f]+)".*/\1/p')
[ -z "$found" ] || [ "$pid" = desktop ] || processes "$(printf %s "$found" | tr '\n' '|')"
finish '' ''
