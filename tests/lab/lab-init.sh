#!/bin/sh
# PID 1 of a lab host until systemd, or sshd on a host without systemd, takes over.
set -eu
mode=$1

# A cgroup tree of the host's own, version 2 whatever the machine has, rooted where the engine put this container.
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -o remount,bind,rw /sys
if [ ! -e /sys/fs/cgroup/cgroup.events ]; then
    echo "lab-init: this engine leaves containers in the machine's root cgroup; hosts would share one systemd tree" >&2
    exit 1
fi

# A name server inside the machine's network instead of the engine's own, which containers inside the host can't ask.
if [ -n "${LAB_NAMESERVERS:-}" ]; then
    for address in $LAB_NAMESERVERS; do echo "nameserver $address"; done > /etc/resolv.conf
fi

# A first boot, or the first one of a clone: an identity of its own.
if [ "$(cat /etc/lab-identity 2> /dev/null)" != "$(hostname)" ]; then
    rm -f /etc/ssh/ssh_host_* /etc/machine-id /var/lib/dbus/machine-id /var/lib/docker/engine-id
    ssh-keygen -q -t ed25519 -N '' -C "$(hostname)" -f /etc/ssh/ssh_host_ed25519_key
    tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id
    hostname > /etc/lab-identity
fi
unset LAB_NAMESERVERS

case $mode in
    systemd) exec /sbin/init ;;
    plain)
        mkdir -p /run/sshd
        exec /usr/sbin/sshd -D -e
        ;;
esac
