#!/bin/sh
# Load an image from the files of a bundle, which lie whole and checked in one folder, each named by its hash. Docker
# gives the name when it has all of it: a load that is killed before leaves none. Where containerd keeps the images it
# unpacks them after that, and what was not unpacked it unpacks for the first container.
# $1 that folder, $2 reference, $3 content hash that its label holds, $4 the index of the archive, further: files in it
set -eu
export LC_ALL=C
files=$1 reference=$2 content=$3 index=$4
shift 4

engine() {
    docker -H unix:///run/docker.sock "$@"
}

fail() {
    printf 'refused: %s\n' "$*" >&2
    exit 1
}

own=$(mktemp -d "$files/load.XXXXXX")
trap 'rm -rf "$own"' EXIT
trap 'exit 1' HUP INT TERM
printf %s "$index" >"$own/manifest.json"
echo "loading $reference"
started=$(date +%s)
# What tar has to complain of counts as much as what docker has: a reader never sees its exit status
{ tar -C "$own" -cf - manifest.json -C "$files" "$@" || touch "$own/cut"; } | engine load -q >"$own/said" 2>&1 ||
    fail "$reference cannot be loaded: $(tail -n 1 "$own/said")"
[ ! -e "$own/cut" ] || fail "$reference cannot be loaded: its files in $files cannot be read"
found=$(engine image inspect -f '{{index .Config.Labels "gpufleet.content"}}' "$reference" </dev/null)
if [ "$found" != "$content" ]; then
    engine image rm "$reference" >/dev/null </dev/null
    fail "$reference: the image of that name in the bundle was built from other content" \
        "(gpufleet.content ${found:-absent}, wanted $content). Make the bundle anew with the same gpufleet"
fi
echo "loaded $reference in $(($(date +%s) - started)) s"
