#!/bin/sh
# Lift the holds of the packages that are named, and forget that they were ours. Runs behind apt.sh and before.sh.
patiently apt-mark -q unhold "$@"
for name; do forget "hold $name"; done
