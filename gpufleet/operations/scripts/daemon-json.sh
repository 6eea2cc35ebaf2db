#!/bin/sh
# What every change to daemon.json begins with: names, one change at a time, whole files only.

set -u
umask 077
export LC_ALL=C
# What systemd gives dockerd, which looks up the programs of its runtimes there
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
state=/var/lib/gpufleet
loaded=$state/docker/loaded
keys=$state/daemon-keys.json
backup=$state/backup
# A symbolic link stays one: what it points to is replaced
file=$(readlink -f /etc/docker/daemon.json || echo /etc/docker/daemon.json)
new=${file%/*}/.daemon.json.gpufleet

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

(umask 022 && mkdir -p "${file%/*}" "$state/docker" "$backup") || exit 1
exec 9>"$state/docker/lock"
flock -w 120 9 || fail "another run is changing Docker's configuration on this host"
trap 'rm -f "$new"' EXIT

# Rename into place what is complete on the disk
place() {
    sync "$1" && mv -f "$1" "$2" && sync "${2%/*}"
}

# Place a copy of a file, with its mode and owner; no such file, no copy
copy() {
    if [ -e "$1" ]; then
        cp -p "$1" "$2.new" && place "$2.new" "$2"
    else
        rm -f "$2"
    fi
}

# Make $new, whose content stands in standard input, look like the present file; without one it gets mode $1
prepare_new() {
    rm -f "$new"
    cat >"$new" || return 1
    if [ -e "$file" ]; then
        chown --reference="$file" "$new" && chmod --reference="$file" "$new"
    else
        chmod "$1" "$new"
    fi
}

# Remember whose keys the file holds, as standard input says in base64
remember_keys() {
    base64 -d >"$keys.new" && chmod 644 "$keys.new" && place "$keys.new" "$keys"
}

digest() {
    if [ -e "$file" ]; then sha256sum <"$file" | cut -d ' ' -f 1; else echo absent; fi
}

# Remember that the dockerd of this identity runs with the present file; the identity last, it makes the rest count
remember_loaded() {
    copy "$file" "$loaded.json" && copy "$keys" "$loaded.keys" || return 1
    printf '%s\n' "$1" >"$loaded.id.new" && place "$loaded.id.new" "$loaded.id"
}
