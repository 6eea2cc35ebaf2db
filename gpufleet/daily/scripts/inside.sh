#!/bin/sh
# Becomes the shell that a person gets in a sandbox: bash where there is one, with a terminal that the image knows.

if [ -n "${TERM:-}" ]; then
    known=no
    for folder in /etc/terminfo /lib/terminfo /usr/share/terminfo /usr/lib/terminfo; do
        for file in "$folder"/*/"$TERM"; do
            if [ -e "$file" ]; then known=yes; fi
        done
    done
    if [ "$known" = no ]; then TERM=xterm-256color; fi
fi
if command -v bash >/dev/null; then exec bash; fi
exec sh
