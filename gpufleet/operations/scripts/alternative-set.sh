#!/bin/sh
# Choose $2 for the alternative $1, and note first what it was: `auto`, or the path that somebody had chosen. Runs behind
# before.sh.
known=$(update-alternatives --query "$1") || exit 1
case $known in
*"Status: auto"*) former=auto ;;
*) former=$(printf '%s\n' "$known" | sed -n 's/^Value: //p') ;;
esac
note "alternative $1 $2 $former" && update-alternatives --set "$1" "$2"
