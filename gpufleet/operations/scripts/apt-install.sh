#!/bin/sh
# Do what apt-wanted.sh has found, and note first what of it a removal is to take back. Runs behind it and before.sh.
# shellcheck disable=SC2154 # apt-wanted.sh sets the names
asked=' '
for word in $wanted; do asked="$asked${word%%=*} "; done
# One that is upgraded has its former version, in brackets, behind its name
for name in $(printf '%s\n' "$plan" | sed -n 's/^Inst \([^ ]*\) (.*/\1/p'); do
    case $asked in *" $name "*) note "package $name" ;; *) note "dependency $name" ;; esac
    # Its postinst makes this file, and no purge takes it away
    [ "$name" != nvidia-container-toolkit-base ] || keep_before /etc/nvidia-container-runtime/config.toml
done
for name in $(printf '%s\n' "$plan" | sed -n 's/^Remv \([^ ]*\) .*/\1/p'); do note "removed $name"; done
for name in $held; do
    [ -n "$(apt-mark showhold "$name")" ] || note "hold $name"
done
with_apt
hold
