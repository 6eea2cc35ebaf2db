#!/bin/sh
# Take parts of a bundle from standard input (base64, tar). Under its own name each stands only once its hash is right.
# $1 folder of the copies, $2 what to say when they are there
set -eu
umask 077

# The other side is still sending: without a reader it would only learn that the connection has broken.
fail() {
    cat >/dev/null
    printf 'refused: %s\n' "$*" >&2
    exit 1
}

mkdir -p "$1/parts" || fail "$1/parts cannot be made"
base64 -d | {
    tar -xf - --no-same-owner -C "$1/parts" || bad=yes
    cat >/dev/null
    [ -z "${bad:-}" ]
} || fail "$1/parts: parts of the bundle could not be written. Apply again goes on here"
for new in "$1"/parts/*.partial; do
    [ -f "$new" ] || continue
    path=${new%.partial}
    found=$(sha256sum <"$new")
    if [ "${found%% *}" != "${path##*/}" ]; then
        rm -f "$new"
        fail "$path: SHA-256 ${found%% *}: the part was changed or cut off on its way. Apply again goes on here"
    fi
    mv "$new" "$path"
done
printf '%s\n' "$2"
