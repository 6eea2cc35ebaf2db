#!/bin/sh
# What a host is made of around what was installed, to hold against the same before: contents, modes and owners, packages
# with their holds and marks, units. Neither times nor inodes: what is put back is a new file.
folders="/etc /usr/share/keyrings /usr/local /var/lib/gpufleet"

# Three files of a lab host belong to the lab's engine; caches are made anew by whatever package comes or goes.
own=' (/etc/(hostname|hosts|resolv\.conf|ld\.so\.cache|group-|gshadow-|passwd-|shadow-))( |$)'

# shellcheck disable=SC2086 # several folders
find $folders -xdev -printf 'path %p %y %l %m %U:%G\n' 2>/dev/null | grep -Ev "$own" | sort
# shellcheck disable=SC2086
find $folders -xdev -type f -exec sha256sum {} + 2>/dev/null | sed -E 's/^([^ ]*)  (.*)/content \2 \1/' |
    grep -Ev "$own" | sort
dpkg --get-selections | sed 's/^/package /; s/[[:space:]]+/ /g'
apt-mark showhold | sed 's/^/hold /'
apt-mark showmanual | sed 's/^/manual /'
systemctl list-unit-files --no-legend --no-pager --type=service,socket,path,timer | sed 's/^/unit /' | sort
getent group | sed 's/^/group /'
