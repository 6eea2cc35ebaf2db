#!/bin/sh
# Start containerd anew, so that it reads its files. Runs behind dockerd.sh. Arguments: our file, which goes into the
# folder $2 where containerd does not start with it; where to remember what runs now; a digest of what that has loaded.
drop_in=$1 backup=$2 loaded=$3 digest=$4

# What dockerd serves with, containerd among it as long as it reaches that
docker_answers() {
    timeout -k 1 5 docker -H unix:///run/docker.sock version --format '{{json .Server.Components}}' 2>/dev/null
}

docker=no
if [ -n "$(dockerd_pid)" ] && docker_answers >/dev/null; then docker=yes; fi
start() { timeout 60 systemctl restart containerd.service; }
if ! start; then
    said=$(journalctl -u containerd.service -n 5 -o cat --no-pager 2>/dev/null)
    aside=$backup/99-nvidia.toml.refused
    mkdir -p "$backup" && mv -f "$drop_in" "$aside" 2>/dev/null
    systemctl reset-failed containerd.service
    if start; then
        why="containerd did not start with $drop_in, which was put into $backup"
    else
        mv -f "$aside" "$drop_in" 2>/dev/null
        why="containerd does not start, neither with $drop_in nor without"
    fi
    printf '%s\n' "$why. It logged:
$said" >&2
    exit 1
fi
umask 022
mkdir -p "${loaded%/*}"
printf '%s\n%s\n' "$(dockerd_identity "$(systemctl show containerd.service -p MainPID --value)")" "$digest" >"$loaded.new"
mv -f "$loaded.new" "$loaded"
[ "$docker" = yes ] || exit 0
tries=60
until docker_answers | grep -q '"Name":"containerd"' || [ "$tries" = 0 ]; do
    tries=$((tries - 1))
    sleep 0.5
done
docker_answers >/dev/null || {
    echo "containerd was started anew, and dockerd, which answered before, does not answer since" >&2
    exit 1
}
