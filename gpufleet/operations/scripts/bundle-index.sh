#!/bin/sh
# Take the index of a bundle's packages from standard input (base64, gzip) as that of a repository in $1.
set -eu
umask 022
mkdir -p "$1"
base64 -d | gzip -d >"$1/Packages"
