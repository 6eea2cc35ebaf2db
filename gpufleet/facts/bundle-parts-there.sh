#!/bin/sh
# Say what is wrong with the first bad part of a bundle, or `sound`. Standard input names the parts, each `hash:size`.
# $1 folder with the parts
cd / || exit 0
while IFS=: read -r sha256 size; do
    path=$1/$sha256
    [ -f "$path" ] || { echo "$path: missing"; exit 0; }
    there=$(stat -L -c %s "$path")
    [ "$there" -ge "$size" ] || { echo "$path: $there bytes, cut short"; exit 0; }
    [ "$there" = "$size" ] || { echo "$path: $there bytes"; exit 0; }
    found=$(sha256sum <"$path")
    [ "${found%% *}" = "$sha256" ] || { echo "$path: changed: SHA-256 ${found%% *}"; exit 0; }
done
echo sound
