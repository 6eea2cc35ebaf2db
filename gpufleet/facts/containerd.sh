#!/bin/sh
# containerd, its configuration and what it makes of it, as key=value lines (contents in base64). Needs a POSIX shell and
# the essential packages; reads only, as root; always succeeds. Runs behind report.sh and dockerd.sh. $1 is a
# configuration to be tried instead of the present one; $2 says `remembered` to ask nothing where nothing of ours is.
# `containerd config dump` reads files and prints; it starts nothing and asks no daemon.

trial=$1
config=/etc/containerd/config.toml
drop_in=/etc/containerd/conf.d/99-nvidia.toml
loaded=/var/lib/gpufleet/containerd/loaded

# A file: its content, nothing when there is none, or why it cannot be read
content() {
    if [ -f "$2" ]; then
        if encoded=$(base64 -w 0 <"$2"); then
            say "$1" "base64:$encoded"
        else
            say "$1_unreadable" "it cannot be read as $(id -un)"
        fi
    elif [ -e "$2" ] || [ -L "$2" ]; then
        say "$1_unreadable" "not a regular file"
    fi
} 2>/dev/null

# Whether not everybody may read a file: by its own mode, or by that of a folder on the way to it
closed() {
    way=$(readlink -f "$1")
    case $(stat -c %a "$way") in *[4567]) ;; *) return 0 ;; esac
    while way=${way%/*} && [ -n "$way" ]; do
        case $(stat -c %a "$way") in *[1357]) ;; *) return 0 ;; esac
    done
    return 1
} 2>/dev/null

# The containerd of the host: systemd's, else one that no dockerd has started for itself
containerd_pid() {
    if [ -d /run/systemd/system ]; then
        main=$(systemctl show containerd.service -p MainPID --value)
        [ "${main:-0}" = 0 ] || echo "$main"
        return
    fi
    for process in /proc/[0-9]*; do
        { read -r name <"$process/comm"; } 2>/dev/null && [ "$name" = containerd ] || continue
        grep -qs docker/containerd "$process/cmdline" || echo "${process#/proc/}"
    done | head -n 1
}

dump() {
    if ! scratch=$(mktemp -d); then
        say dump_unreadable "no temporary directory can be made"
        return
    fi
    # 2.0.0 to 2.0.5 dump what files of version 2 say of CRI under names that they do not read; `migrate` prints what counts
    case $version in 2.0.*) print=migrate ;; *) print=dump ;; esac
    if timeout 20 containerd ${trial:+--config "$trial"} config $print >"$scratch/dump" 2>"$scratch/errors"; then
        content dump "$scratch/dump"
    else
        say dump_unreadable "$(grep -v level=warning "$scratch/errors" | tail -n 1 | cut -c 1-400)"
    fi
    # Whatever it reads: files by name, or patterns
    grep -m 1 '^imports = \[' "$scratch/dump" | grep -oE "[\"'][^\"']+[\"']" | tr -d "\"'" |
        while IFS= read -r pattern; do
            case $pattern in /*) ;; *) pattern=/etc/containerd/$pattern ;; esac
            IFS= # a blank in a path parts no words
            for file in $pattern; do
                [ -f "$file" ] && [ "$file" != "$config" ] && [ "$file" != "$drop_in" ] && [ "$file" != "$trial" ] ||
                    continue
                say other "$file|$(stat -L -c %.9Z "$file")|$(base64 -w 0 <"$file")"
                ! closed "$file" || say closed "$file"
            done
        done
    rm -rf "$scratch"
}

if [ "$2" = remembered ] && [ ! -e "$loaded" ]; then
    echo end=yes
    exit 0
fi
say now "$(date +%s.%N)"
read -r uptime _ </proc/uptime
say uptime "$uptime"
say ticks "$(getconf CLK_TCK)"
[ ! -d /run/systemd/system ] || say systemd yes
content file $config
content drop_in $drop_in
content loaded $loaded
[ ! -f $config ] || ! closed $config || say closed $config
for file in $config $drop_in /etc/containerd /etc/containerd/conf.d; do
    [ ! -e "$file" ] || say changed "$(stat -L -c %.9Z "$file")"
done
if command -v containerd >/dev/null; then
    version=$(timeout 10 containerd --version | grep -oE '[ v][0-9]+\.[0-9]+\.[0-9]+' | head -n 1 | tr -d ' v')
    say version "$version"
    dump
fi
pid=$(containerd_pid)
if [ -n "$pid" ]; then
    say identity "$(dockerd_identity "$pid")"
    say command "$(tr '\0' ' ' <"/proc/$pid/cmdline")"
fi 2>/dev/null
if [ -z "$pid" ] && [ -d /run/systemd/system ] && systemctl -q is-enabled containerd.service 2>/dev/null; then
    say stopped yes
fi
echo end=yes
