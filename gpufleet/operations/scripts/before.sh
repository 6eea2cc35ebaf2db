#!/bin/sh
# What a host had before gpufleet changed it, remembered for the day on which that is taken back. Sourced in front of
# what changes something. A host that was provisioned before there was such a memory gets none: what is there may be ours.
made=/var/lib/gpufleet/made
before=/var/lib/gpufleet/before

remembers() {
    [ -e "$made" ] || [ ! -e /var/lib/gpufleet/stamp.json ]
}

# Note a line, once
note() {
    remembers || return 0
    grep -qsxF "$1" "$made" || { (umask 022 && mkdir -p "${made%/*}") && printf '%s\n' "$1" >>"$made"; }
}

# Note no longer
forget() {
    [ -f "$made" ] || return 0
    { grep -vxF "$1" "$made" || :; } >"$made.new" && mv -f "$made.new" "$made"
}

# Whether $1 came with a package that apply has installed, and goes with it
brought() {
    owner=$(dpkg-query -S "$1" 2>/dev/null | sed -n '1s/[,:].*//p')
    [ -n "$owner" ] && grep -qsxF -e "package $owner" -e "dependency $owner" "$made"
}

# Keep what lies at $1, as it is, or note that nothing does; only the first time. $2 is its name where that is another
keep_before() {
    name=${2:-$1}
    case $name in /var/lib/gpufleet/*) return 0 ;; esac
    remembers || return 0
    ! grep -qsxF "file $name" "$made" && [ ! -e "$before$name" ] && [ ! -L "$before$name" ] || return 0
    if [ -e "$1" ] || [ -L "$1" ]; then
        ! brought "$name" || return 0
        (umask 077 && mkdir -p "$before${name%/*}") && cp -pP "$1" "$before$name.new" &&
            mv -f "$before$name.new" "$before$name"
    else
        folder=${1%/*}
        while [ -n "$folder" ] && [ ! -d "$folder" ]; do
            note "folder $folder"
            folder=${folder%/*}
        done
        note "file $name"
    fi
}
