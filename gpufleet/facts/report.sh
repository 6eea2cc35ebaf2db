#!/bin/sh
# Functions that print what a fact reads, as key=value lines. Read by facts, in front of their own scripts.

export LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

say() {
    printf '%s=%s\n' "$1" "$2"
}

# $1 and each line of standard input
say_lines() {
    while IFS= read -r line || [ -n "$line" ]; do
        say "$1" "$line"
    done
}
