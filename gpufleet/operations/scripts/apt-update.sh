#!/bin/sh
# Fetch the package lists. Runs behind apt.sh.
mend_dpkg
update_lists
