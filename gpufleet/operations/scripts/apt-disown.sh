#!/bin/sh
# Purge the removed packages $2, $3, … and keep the file $1, which they call theirs (empty: none). Runs behind apt.sh.
# While it is diverted, dpkg takes another name for theirs and deletes that one: the file is never away.
file=$1
shift
mend_dpkg
if [ -n "$file" ]; then
    dpkg-divert --quiet --local --no-rename --divert "$file.of-a-removed-package" --add "$file"
    trap 'dpkg-divert --quiet --local --no-rename --remove "$file"' EXIT
fi
patiently dpkg --purge "$@"
