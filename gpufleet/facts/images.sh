#!/bin/sh
# Our images and, where it matters who uses them, all containers, as key=value lines. Runs behind report.sh, dockerd.sh
# and ask.sh. Reads only, as root; always succeeds.

# Of those found by `docker $2`, what `docker $3` shows, each once, as $1. What goes in between is left out: Docker shows
# the others and says that there is no such thing; whatever else it says is trouble.
answers() {
    # shellcheck disable=SC2086 # words of a command
    found=$(ask $2 2>/dev/null) || {
        failed=$?
        return 1
    }
    found=$(printf '%s\n' "$found" | sort -u)
    [ -n "$found" ] || return 0
    # shellcheck disable=SC2086 # words of a command, ids
    if shown=$(ask $3 --format "$4" $found 2>&1); then failed=0; else failed=$?; fi
    case $failed in
    0) ;;
    124 | 137) return 1 ;;
    *) ! printf '%s\n' "$shown" | grep -v '^{' | grep -qiv -e 'no such' -e '^warning' -e '^$' || return 1 ;;
    esac
    printf '%s\n' "$shown" | sed -n "s/^{/$1={/p"
}

# That there is one image of ours and no other, the one that was declared last: nothing of it depends on containers then
settled() {
    [ -n "$remembered" ] && [ "$(printf '%s\n' "$found" | grep -c .)" = 1 ] || return 1
    case $shown in *"\"$remembered\""*) ;; *) return 1 ;; esac
}

remembered=
{ read -r remembered </var/lib/gpufleet/cuda-image; } 2>/dev/null
say remembered "$remembered"
if command -v dockerd >/dev/null || command -v docker >/dev/null; then
    say docker yes
    # A daemon that somebody stopped is not asked: connecting to its socket would start it
    pid=$(dockerd_pid)
    paused=${pid:+$(dockerd_paused "$pid")}
    if [ -z "$pid" ]; then
        say stopped "dockerd does not run"
    elif [ -n "$paused" ]; then
        say trouble "$paused"
    elif ! {
        answers image "image ls -q --no-trunc --filter label=gpufleet.image" "image inspect" '{{json .}}' && {
            settled || answers container "ps -aq --no-trunc" "inspect --type container" \
                '{"Name": {{json .Name}}, "Image": {{json .Image}}, "Labels": {{json .Config.Labels}}}'
        }
    }; then
        say trouble "$(silence "$failed")"
    fi
fi
echo end=yes
