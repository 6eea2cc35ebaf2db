#!/bin/sh
# Take one part of a bundle from standard input (base64). Under its own name it stands only once its hash is right.
# $1 folder of the copies, $2 hash, $3 what to say when it is there
set -eu
umask 077
new=$1/parts/$2.partial

# The other side is still sending: without a reader it would only learn that the connection has broken.
fail() {
    rm -f "$new"
    cat >/dev/null
    printf 'refused: %s\n' "$*" >&2
    exit 1
}

mkdir -p "$1/parts" || fail "$1/parts cannot be made"
base64 -d >"$new" || fail "$new: a part of the bundle could not be written, or came broken: apply again goes on here"
found=$(sha256sum <"$new")
[ "${found%% *}" = "$2" ] ||
    fail "$new: SHA-256 ${found%% *}, expected $2: the part was changed or cut off on its way. Apply again goes on here"
sync "$new"
mv "$new" "$1/parts/$2"
printf '%s\n' "$3"
