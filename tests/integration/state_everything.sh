#!/bin/sh
# All that a host is made of and that nothing may move while it is only read. Never starts a stopped dockerd.
folders="/etc /usr/share/keyrings /usr/local /var/lib/dpkg /var/lib/apt /var/cache/apt /var/lib/gpufleet /root /home"

# Three files of a lab host belong to the lab's engine, which touches them when it is asked for other files.
engine='^/etc/(hostname|hosts|resolv\.conf) '

# Every file with its inode and its times of change (reading it moves none of them), and its content.
# shellcheck disable=SC2086 # several folders
find $folders -xdev -printf '%p %y %l %i %T@ %C@ %m %U:%G %s\n' 2>/dev/null | grep -Ev "$engine" | sort
find /tmp /var/tmp -mindepth 1 -printf '%p %y %i %T@ %s\n' 2>/dev/null | sort # what a program left there
# shellcheck disable=SC2086
find $folders -xdev -type f -exec sha256sum {} + 2>/dev/null | sort -k 2

for pid in $(pidof dockerd containerd); do
    echo "$pid $(cut -d ' ' -f 22 "/proc/$pid/stat")"
done
if [ -d /run/systemd/system ]; then
    systemctl show -p ActiveState,SubState,ActiveEnterTimestamp,NRestarts,NeedDaemonReload docker docker.socket
fi

# Docker's objects, whole: nothing in an inspection changes while nobody touches the object.
pidof dockerd >/dev/null || exit 0
docker ps -aq --no-trunc | sort | xargs -r docker container inspect
docker images -aq --no-trunc | sort -u | xargs -r docker image inspect
docker volume ls -q | sort | xargs -r docker volume inspect
docker network ls -q | sort | xargs -r docker network inspect
docker context ls
