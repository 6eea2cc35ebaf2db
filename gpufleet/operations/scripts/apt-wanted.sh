#!/bin/sh
# What apt would do for a declared set of packages; refused where it would remove others. Runs behind apt.sh.
# $1 names those to remove, $2 those that may go with them, then follow pairs of package and pin (or "").
remove=$1 may_go=$2
shift 2
mend_dpkg
update_lists
wanted='' held='' held_too=''
while [ $# -gt 0 ]; do
    if [ "$2" ]; then
        version=$(resolve_version "$1" "$2")
        wanted="$wanted $1=$version" held="$held $1"
        held_too=--allow-change-held-packages
    else
        wanted="$wanted $1"
    fi
    shift 2
done
removed=''
for name in $remove; do removed="$removed $name-" held_too=--allow-change-held-packages; done

# apt-get with all that is wanted, and further options. What goes is never purged, whatever the host's apt is set to: to
# nvidia-docker2 daemon.json is its own file.
with_apt() {
    # shellcheck disable=SC2086
    apt_get "$@" -o APT::Get::Purge=false --allow-downgrades $held_too install $wanted $removed
}

hold() {
    # shellcheck disable=SC2086
    [ -z "$held" ] || patiently apt-mark -q hold $held
}

plan=$(with_apt --simulate) || {
    printf '%s\n' "$plan" >&2
    exit 1
}
for name in $(printf '%s\n' "$plan" | sed -n 's/^Remv \([^ ]*\) .*/\1/p'); do
    case " $may_go " in *" $name "*) ;; *) echo "apt would also remove $name: refused" >&2; exit 1 ;; esac
done
# Inside WSL a Linux driver hides the one that Windows brings: whatever asks for one does not get it
if in_wsl; then
    for name in $(printf '%s\n' "$plan" | sed -n 's/^Inst \([^ ]*\) .*/\1/p'); do
        case $name in
        nvidia-driver-[0-9]* | nvidia-driver | nvidia-headless-* | nvidia-dkms-* | nvidia-kernel-* | nvidia-utils-* | \
            nvidia-open* | nvidia-smi | libnvidia-compute-* | libnvidia-ml1 | libcuda1 | cuda-drivers*)
            echo "apt would install a Linux driver ($name), which breaks the GPU inside WSL: refused" >&2
            exit 1
            ;;
        esac
    done
fi
