#!/bin/sh
# Note which files of the bundle apt would read, by their hashes. Runs behind apt-wanted.sh, with apt-bundle.sh.
uris=$(with_apt --print-uris)
printf '%s\n' "$uris" | sed -n "s|^'file:.*/files/\([0-9a-f]\{64\}\)' .*|\1|p" >"${APT_CONFIGURATION%/*}/needed"
