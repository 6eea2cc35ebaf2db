#!/bin/sh
# Managed by gpufleet. WSL runs it as root each time that this distribution starts: [boot] command in /etc/wsl.conf.
# Without systemd nothing else describes the GPUs then, starts Docker, and starts sandboxes that Docker could not.
# $1 is the number of the shell that runs a command of the user's own beside this; empty without one.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/wsl/lib
library=/usr/local/lib/gpufleet

[ ! -d /run/systemd/system ] || exit 0
# What it says is kept until the next start
exec >/var/log/gpufleet-boot.log 2>&1 </dev/null
# First, since Docker looks for the description when it starts its containers
[ ! -x $library/gpufleet-cdi.sh ] || timeout -k 5 120 $library/gpufleet-cdi.sh
# That command may mount what Docker needs; one that never ends is waited for all the same, but not for long
waited=0
while [ -n "${1:-}" ] && kill -0 "$1" 2>/dev/null && [ $waited -lt 30 ]; do
    waited=$((waited + 1))
    sleep 1
done
if [ ! -x /etc/init.d/docker ]; then
    echo "there is no /etc/init.d/docker"
    exit 1
fi
# Where limits may not be raised, Docker's init script ends: its dockerd then keeps those of the host
# shellcheck disable=SC2016 # the other shell's variables
service docker status || service docker start ||
    env -i PATH="$PATH" sh -c 'ulimit() { command ulimit "$@" || :; }; . "$0"' /etc/init.d/docker start
answers() {
    timeout 5 docker -H unix:///run/docker.sock version --format '{{.Server.Version}}'
}
waited=0
until answers; do
    waited=$((waited + 1))
    [ $waited -lt 60 ] || exit 1
    sleep 1
done
[ ! -x $library/gpufleet-sandboxes.sh ] || $library/gpufleet-sandboxes.sh
