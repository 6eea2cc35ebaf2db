#!/bin/sh
# Of the copies that an earlier run left, keep those that are what they are named after.
# $1 folder of the copies
set -eu
kept=0 gone=0
for path in "$1"/parts/* "$1"/files/*; do
    [ -f "$path" ] || continue
    found=$(sha256sum <"$path")
    whole=${path%.partial}
    if [ "${found%% *}" = "${whole##*/}" ]; then
        [ "$path" = "$whole" ] || mv "$path" "$whole"
        kept=$((kept + 1))
    else
        rm -f "$path"
        gone=$((gone + 1))
    fi
done
echo "an earlier run has left $kept parts and files of the bundle here, and $gone that are not whole"
