#!/bin/sh
# Make files of parts of a bundle; each line of standard input names one: its hash, then `hash:size` of each part.
# Parts are only read where $3 says `keep`; else they go as they are used. What is refused leaves no file behind. What
# fails inside the loops has to say so itself: `set -e` does not hold there.
# $1 folder of the copies, $2 folder with the parts, $3 `keep` or empty
set -eu
folder=$1 from=$2 keep=$3

fail() {
    rm -f "$folder"/files/*.partial
    printf 'refused: %s\n' "$*" >&2
    exit 1
}

# Why part $1 (`hash:size`) cannot be used; it says so and ends
look_at() {
    path=$from/${1%:*}
    [ -f "$path" ] || fail "$path: missing, expected ${1#*:} bytes with SHA-256 ${1%:*}. $way_out"
    size=$(stat -L -c %s "$path")
    [ "$size" -ge "${1#*:}" ] || fail "$path: $size bytes, cut short, expected ${1#*:} with SHA-256 ${1%:*}. $way_out"
    [ "$size" = "${1#*:}" ] || fail "$path: $size bytes, expected ${1#*:} with SHA-256 ${1%:*}. $way_out"
    found=$(sha256sum <"$path")
    [ "${found%% *}" = "${1%:*}" ] || fail "$path: changed: SHA-256 ${found%% *}, expected ${1%:*}. $way_out"
}

way_out='Apply again sends it anew.'
[ -z "$keep" ] || way_out='Copy this part of the bundle to the host again.'
mkdir -p "$folder/files"
lines=$(cat)
# Parts that were sent were checked as they came. What is refused is refused before anything is copied
[ -z "$keep" ] || printf '%s\n' "$lines" | while read -r _ parts; do
    for part in $parts; do look_at "$part"; done
done || exit 1
printf '%s\n' "$lines" | while read -r sha256 parts; do
    new=$folder/files/$sha256.partial
    if [ -z "$keep" ] && [ "$parts" = "$sha256:${parts#*:}" ]; then
        ln -f "$from/$sha256" "$new" 2>/dev/null || cp "$from/$sha256" "$new" || fail "$new: it cannot be written"
    else
        for part in $parts; do cat "$from/${part%:*}" || exit 1; done >"$new" ||
            fail "$new: it cannot be written"
        found=$(sha256sum <"$new")
        [ "${found%% *}" = "$sha256" ] || fail "$new: SHA-256 ${found%% *}, expected $sha256. $way_out"
    fi
    mv "$new" "$folder/files/$sha256" || fail "$folder/files/$sha256: it cannot be written"
    [ -z "$keep" ] || continue
    for part in $parts; do
        case $lines in
        *"$part"*"$part"*) ;; # another file needs it too
        *) rm -f "$from/${part%:*}" ;;
        esac
    done
done || exit 1
[ -n "$keep" ] || printf '%s\n' "$lines" | while read -r _ parts; do
    for part in $parts; do rm -f "$from/${part%:*}"; done
done
