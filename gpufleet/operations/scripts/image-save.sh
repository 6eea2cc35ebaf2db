#!/bin/sh
# Save images to a file that one user can fetch. What runs that were cut off have left is removed; a file that
# somebody still reads can lose its name.
# $1 the file, $2 user id of that user, further: names of images
set -eu
export LC_ALL=C
file=$1 user=$2
shift 2
umask 077
find /var/tmp -maxdepth 1 -name 'gpufleet-images.*' -mmin +10 -delete
trap 'exit 1' HUP INT TERM
set -C # nothing that is there is written to
: >"$file"
set +C
trap '[ -n "$whole" ] || rm -f "$file"' EXIT
whole=
echo "saving $*"
docker -H unix:///run/docker.sock save "$@" </dev/null >>"$file"
chown "$user" "$file"
whole=yes
echo "saved $(($(wc -c <"$file") / 1000000)) MB"
