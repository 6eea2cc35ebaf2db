#!/bin/sh
# Of the copies that an earlier run left, keep those that are what they are named after.
# $1 folder of the copies
set -eu
kept=0
for path in "$1"/parts/* "$1"/files/*; do
    [ -f "$path" ] || continue
    found=$(sha256sum <"$path")
    if [ "${found%% *}" = "${path##*/}" ]; then kept=$((kept + 1)); else rm -f "$path"; fi
done
echo "parts and files of the bundle that are there already: $kept"
