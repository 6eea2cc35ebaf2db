#!/bin/sh
# What gpufleet has made on a host and what was there before, as key=value lines (contents in base64). Runs behind
# report.sh. Needs a POSIX shell and the essential packages; reads only, as root; always succeeds.
state=/var/lib/gpufleet

# Anything but the user's own files, which a removal may have left here
for path in "$state"/* "$state"/.[!.]*; do
    case $path in
    */backup) ;;
    *) [ ! -e "$path" ] || { say state yes && break; } ;;
    esac
done
[ ! -f "$state/made" ] || say made "$(base64 -w 0 <"$state/made")"
if [ -d "$state/before" ]; then
    find "$state/before" ! -type d ! -name '*.new' | sort | while IFS= read -r path; do
        content=
        [ ! -f "$path" ] || content=$(base64 -w 0 <"$path")
        say before "$(stat -L -c '%a|%U:%G|%Z' "$path" 2>/dev/null || echo '777|root:root|0')|$content|${path#"$state/before"}"
    done
fi
for path in "$state"/backup/*; do
    [ ! -e "$path" ] || say backup "${path##*/}"
done
echo end=yes
