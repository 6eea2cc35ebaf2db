#!/bin/sh
# Do what apt-wanted.sh has found, and note first what of it a removal is to take back. Runs behind it and before.sh.
# shellcheck disable=SC2154 # apt-wanted.sh sets the names
asked=' '
for word in $wanted; do asked="$asked${word%%=*} "; done
# What lies there already is the user's, and a purge takes it away with the package whose own file it is, too
keep_present() {
    [ ! -e "$1" ] || keep_before "$1"
}

# One that is upgraded has its former version, in brackets, behind its name
for package in $(printf '%s\n' "$plan" | sed -n 's/^Inst \([^ ]*\) (.*/\1/p'); do
    case $package in
    # Its postinst makes this file, and no purge takes it away
    nvidia-container-toolkit-base) keep_before /etc/nvidia-container-runtime/config.toml ;;
    containerd | containerd.io) keep_present /etc/containerd/config.toml ;;
    docker.io | docker-ce) keep_present /etc/default/docker ;;
    esac
    case $asked in *" $package "*) note "package $package" ;; *) note "dependency $package" ;; esac
done
for name in $(printf '%s\n' "$plan" | sed -n 's/^Remv \([^ ]*\) .*/\1/p'); do
    note "removed $name"
    [ "$name" != docker.io ] || keep_data
done
for name in $held; do
    [ -n "$(apt-mark showhold "$name")" ] || note "hold $name"
done
with_apt
hold
