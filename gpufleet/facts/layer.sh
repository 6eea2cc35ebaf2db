#!/bin/sh
# How many files and folders a container has written outside its mounts, and their size in bytes (- where Docker does
# not say). Prints nothing when Docker does not answer in time. Runs behind ask.sh. Reads only; always succeeds.
# Arguments: id or name of the container, and its mounts, each behind a |.
export LC_ALL=C

# Where something is mounted Docker makes a file or folder, which is nobody's work; a running container tells where
mounted() {
    pid=$(ask container inspect --format '{{.State.Pid}}' "$container" 2>/dev/null)
    cut -d ' ' -f 5 "/proc/${pid:-0}/mountinfo" 2>/dev/null | tr '\n' '|'
}

# A folder in which something changed is listed as changed itself, ahead of that
count() {
    grep . | sort -k 2 | awk -v mounts="$1" '{
        path = substr($0, 3)
        if (previous != "" && index(path, previous "/") != 1) n++
        own = path ~ /\/docker-init$/ || index(mounts, "|" path "|")
        previous = own ? "" : path
    } END { if (previous != "") n++; print n + 0 }'
}

container=$1
changes=$(ask diff "$container" 2>/dev/null) || exit 0
size=$(ask container inspect --size --format '{{.SizeRw}}' "$container" 2>/dev/null)
echo "$(printf '%s\n' "$changes" | count "$2|$(mounted)") ${size:--}"
