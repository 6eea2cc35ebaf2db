#!/bin/sh
# Copy volumes of the lab's engine: copy-disk FROM TO [FROM TO ...]
set -eu

# The layers that containers write into, by Docker's own records; all others are finished.
writable_layers() {
    for file in image/overlay2/layerdb/mounts/*/*-id; do
        [ ! -e "$file" ] || printf '%s\n' "$(cat "$file")"
    done | tr '\n' ' '
}

copy() {
    from=/volumes/$1/_data
    to=/volumes/$2/_data
    cd "$from"
    for entry in * .[!.]*; do
        case $entry in
            overlay2 | '*' | '.[!.]*') ;;
            *) cp -a "$entry" "$to/" ;;
        esac
    done
    [ -d overlay2 ] || return 0
    mkdir -m 710 "$to/overlay2"
    writable=" $(writable_layers)"
    for layer in overlay2/*; do
        case $writable in
            *" ${layer#overlay2/} "*) cp -a "$layer" "$to/overlay2/" ;;
            *) cp -al "$layer" "$to/overlay2/" ;;
        esac
    done
}

while [ $# -gt 0 ]; do
    copy "$1" "$2"
    shift 2
done
