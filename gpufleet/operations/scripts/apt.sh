#!/bin/sh
# apt-get that waits for locks, mends an interrupted dpkg, and takes a stale index for an error.
# Sourced in front of every apt step; LOCK_SECONDS bounds each wait.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
LOCK_SECONDS=${LOCK_SECONDS:-600}
APT_CONFIGURATION='' # read after the host's own

apt_get() {
    apt-get -q -y ${APT_CONFIGURATION:+-c "$APT_CONFIGURATION"} \
        -o "DPkg::Lock::Timeout=$LOCK_SECONDS" \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
        -o Acquire::Retries=3 -o APT::Update::Error-Mode=any "$@"
}

# Run a command again while it fails because somebody else holds a lock: dpkg never waits, and apt-get waits for
# dpkg's locks only, not for that of the package lists.
patiently() {
    end=$(($(date +%s) + LOCK_SECONDS))
    while :; do
        if said=$("$@" 2>&1); then
            return 0
        fi
        case $said in
        *"Could not get lock"* | *"is locked by another process"* | *"lock was locked by another process"*)
            if [ "$(date +%s)" -lt "$end" ]; then
                [ "${told:-}" ] || echo "waiting for a lock: $(printf '%s\n' "$said" | grep -m 1 -i 'lock')"
                told=yes
                sleep 2
                continue
            fi
            ;;
        esac
        name_clock "$said" >&2
        printf '%s\n' "$said" >&2
        return 1
    done
}

# Inside the Windows Subsystem for Linux, by the rule of gpufleet.platform.wsl.version
in_wsl() {
    case $(cat /proc/sys/kernel/osrelease 2>/dev/null) in *[Mm]icrosoft*) return 0 ;; esac
    [ -e /dev/dxg ] || return 1
    for mark in /proc/sys/fs/binfmt_misc/WSLInterop /proc/sys/fs/binfmt_misc/WSLInterop-late /run/WSL; do
        [ ! -e "$mark" ] || return 0
    done
    return 1
}

# The lists of a host whose clock is behind are of tomorrow: said before apt's own words, which are many
name_clock() {
    case $1 in *"is not valid yet"*) ;; *) return 0 ;; esac
    way_out="set it, for example with 'timedatectl set-ntp true'"
    if in_wsl; then
        way_out="WSL loses time while Windows sleeps: set it with 'sudo hwclock -s', or 'wsl.exe --shutdown' in Windows"
    fi
    cause="the clock of this host is behind (a Release file is not valid yet)"
    echo "$cause, it says $(date): $way_out, then apply again"
}

# A dpkg that was interrupted refuses everything until it has been configured. While another one is at work packages
# look the same, so this waits for its lock first.
mend_dpkg() {
    [ -n "$(dpkg --audit)" ] || [ -n "$(ls -A /var/lib/dpkg/updates)" ] || return 0
    echo "dpkg was interrupted: configuring what is left"
    patiently dpkg --force-confdef --force-confold --configure -a
}

update_lists() {
    patiently apt_get update
}

# The full version of package $1 that the pin $2 means by the rule of gpufleet.apt.versions.fits; one that is installed
# is the one, else apt's newest.
resolve_version() {
    known=$(apt-cache ${APT_CONFIGURATION:+-c "$APT_CONFIGURATION"} madison "$1" | awk -F ' *[|] *' '{ print $2 }')
    known="$(dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p') $known"
    wanted=${2#*:}
    for candidate in $known; do
        case ${candidate#*:} in
        "$wanted" | "$wanted"-* | "$wanted"+* | "$wanted"~*) printf '%s\n' "$candidate" && return 0 ;;
        esac
    done
    echo "version $2 of $1 is not to be had; available: $(printf '%s' "$known" | tr '\n' ' ')" >&2
    return 1
}

# To be done before docker.io is removed, and not only purged: its purge, perhaps years later, empties /var/lib/docker,
# volumes and all. Its prerm saves a script there if that may be run, and its postrm runs what is saved there
# (docker.io.prerm and docker.io.postrm of Debian's and Ubuntu's package).
keep_data() {
    nuke=/usr/share/docker.io/contrib/nuke-graph-directory.sh
    [ ! -e "$nuke" ] || chmod a-x "$nuke"
    rm -f /var/lib/docker/nuke-graph-directory.sh
}
