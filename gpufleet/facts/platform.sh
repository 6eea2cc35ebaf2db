#!/bin/sh
# What a host is, as key=value lines (a key may come several times). Needs a POSIX shell and the essential packages;
# reads only, as any user; always succeeds. ${gpu_seconds} bounds the time that nvidia-smi may take; 0: it is not asked.
# ${neighbours} says to ask containerd and Docker, too, what runs there: each takes as long as half of the rest.

: "${gpu_seconds:=30}" "${neighbours:=}"

say_if() {
    key=$1
    shift
    if "$@" 2>/dev/null; then say "$key" yes; fi
}

# GPUs: nvidia-smi answers while the rest is read
[ "$gpu_seconds" = 0 ] || begin_gpus
for vendor in /sys/bus/pci/devices/*/vendor; do
    { read -r id <"$vendor" && read -r class <"${vendor%/vendor}/class"; } 2>/dev/null || continue
    case $id,$class in 0x10de,0x03*) say nvidia_device "${vendor%/vendor}" ;; esac
done

# Distribution
for file in /etc/os-release /usr/lib/os-release; do
    if [ -r "$file" ]; then
        say_lines os_release <"$file"
        break
    fi
done
say machine "$(uname -m)"
say architecture "$(dpkg --print-architecture 2>/dev/null)"
say_if apt test -x /usr/bin/apt-get
say_if systemd test -d /run/systemd/system
dpkg-query -W -f '${db:Status-Abbrev}|${Package}|${Version}\n' 'nvidia-driver*' 'nvidia-headless-*' 'nvidia-utils-*' \
    'nvidia-dkms-*' 'nvidia-kernel-*' 'nvidia-open*' nvidia-smi 'libnvidia-compute-*' libnvidia-ml1 libcuda1 \
    'cuda-drivers*' 2>/dev/null | say_lines driver_package

# Windows Subsystem for Linux
osrelease=
{ read -r osrelease </proc/sys/kernel/osrelease; } 2>/dev/null
say osrelease "$osrelease"
say_if dxg test -e /dev/dxg
for mark in /proc/sys/fs/binfmt_misc/WSLInterop /proc/sys/fs/binfmt_misc/WSLInterop-late /run/WSL; do
    say_if wsl_interop test -e "$mark"
done
# What is not ASCII stands in comments and commands, in whatever encoding an editor chose
[ ! -r /etc/wsl.conf ] || tr -d '\200-\377' </etc/wsl.conf | say_lines wsl_conf
# Where Windows' own drive is not there, or somewhere else, nothing is known
for file in /mnt/c/Users/*/.wslconfig; do
    [ ! -f "$file" ] || sed -nE \
        's/^[[:space:]]*(vmIdleTimeout|instanceIdleTimeout)[[:space:]]*=[[:space:]]*(-?[0-9]+).*/\1|\2/Ip' \
        "$file" 2>/dev/null | say_lines wslconfig
done
if [ -e /dev/dxg ]; then
    libcuda=$(ldconfig -p 2>/dev/null | sed -n 's/^[[:space:]]*libcuda\.so\.1 .*=> //p' | head -n 1)
    [ -z "$libcuda" ] || say libcuda "$(readlink -f "$libcuda")"
fi

# Processes of this host (not those of its containers) that tell who uses Docker or containerd
dockerd_runs=
rootless=
data_root=
own_namespace=$(readlink /proc/self/ns/pid 2>/dev/null)
for comm in /proc/[0-9]*/comm; do
    { read -r name <"$comm"; } 2>/dev/null || continue
    case $name in
    dockerd | rootlesskit | kubelet | kubelite | k3s* | rke2* | buildkitd | crio) ;;
    *) continue ;;
    esac
    namespace=$(readlink "${comm%/comm}/ns/pid" 2>/dev/null)
    [ -z "$namespace" ] || [ "$namespace" = "$own_namespace" ] || continue
    if [ "$name" = rootlesskit ]; then
        # It runs BuildKit and nerdctl's containerd as well; for Docker it is given dockerd-rootless.sh to run
        ! tr '\0' '\n' 2>/dev/null <"${comm%/comm}/cmdline" | grep -Eq '^(.*/)?dockerd[^/]*$' || rootless=yes
        continue
    fi
    say process "$name|$(readlink "${comm%/comm}/exe" 2>/dev/null)"
    [ "$name" = dockerd ] || continue
    # A rootless one is not behind the socket that is asked below: systemd would start the system's own for an answer
    grep -qs '^Uid:[[:space:]]*0[[:space:]]' "${comm%/comm}/status" || continue
    dockerd_runs=yes
    [ -n "$data_root" ] || data_root=$(tr '\0' '\n' 2>/dev/null <"${comm%/comm}/cmdline" | sed -n \
        -e 's/^--data-root=//p' -e 's/^-g=//p' -e '/^\(--data-root\|-g\)$/{n;p;}')
done
for unit in kubelet k3s k3s-agent rke2-server rke2-agent; do
    for directory in /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
        if [ -e "$directory/$unit.service" ]; then
            say unit "$unit"
            break
        fi
    done
done
if [ -n "$neighbours" ] && [ -S /run/containerd/containerd.sock ] && [ -w /run/containerd/containerd.sock ] && command -v ctr >/dev/null; then
    timeout 7 ctr namespaces list -q 2>/dev/null | while read -r namespace; do
        case $namespace in moby | plugins.moby) continue ;; esac
        say containerd_namespace "$(timeout 7 ctr -n "$namespace" containers list -q 2>/dev/null | wc -l)|$namespace"
    done
fi

# Docker
package=
dockerd=$(command -v dockerd)
if [ -n "$dockerd" ]; then
    say dockerd "$dockerd"
    program=$(readlink -f "$dockerd")
    # What `dpkg -S` would look for in the lists of all packages
    package=$(cd /var/lib/dpkg/info 2>/dev/null && grep -lxF "$program" docker-ce.list docker.io.list 2>/dev/null)
    package=${package%%.list*}
    [ -n "$package" ] || package=$(dpkg -S "$program" 2>/dev/null | sed -n 's/^\([^ :]*\):.*/\1/p' | head -n 1)
    if [ -n "$package" ]; then
        say dockerd_package "$package"
        say dockerd_version "$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null)"
    fi
fi
client=$(command -v docker)
[ -z "$client" ] || say docker "$(readlink -f "$client")"
[ ! -L /usr/bin/docker ] || say docker_link "$(readlink /usr/bin/docker)"
for mark in /snap/bin/docker /var/lib/snapd/snap/bin/docker /snap/docker; do
    say_if snap test -e "$mark"
done
for socket in /run/user/*/docker.sock; do
    [ ! -S "$socket" ] || rootless=yes
done
[ -z "$rootless" ] || say rootless yes

# Asked only while it runs: connecting to its socket would start a daemon that somebody stopped. And only where packages
# do not tell whose daemon it is, and what version, or where it is wanted to know what runs there.
root=
socket=/var/run/docker.sock
if [ -n "$client" ] && [ -S $socket ] && { [ -n "$dockerd_runs" ] || [ -L /usr/bin/docker ]; } &&
    { [ -n "$neighbours$rootless" ] || [ -L /usr/bin/docker ] || [ -z "$package" ]; }; then
    info=$(timeout -k 1 6 docker -H unix://$socket info --format \
        '{{.ServerVersion}}|{{.ContainersRunning}}|{{.OperatingSystem}}|{{.DockerRootDir}}' 2>/dev/null)
    case $info in
    '' | '|'*) ;;
    *)
        say docker_info "$info"
        root=${info##*|}
        ;;
    esac
fi
root=${root:-$data_root}
if [ -z "$root" ]; then
    root=$(sed -n 's/.*"data-root"[[:space:]]*:[[:space:]]*"\(\/[^"]*\)".*/\1/p' /etc/docker/daemon.json 2>/dev/null |
        head -n 1)
fi
root=${root:-/var/lib/docker}
say docker_root "$root"
existing=$root
while [ ! -d "$existing/" ]; do
    existing=${existing%/*}
done
df -Pk "$existing/" 2>/dev/null | {
    read -r _
    IFS= read -r space
    say docker_root_space "$space"
}

end_gpus "$gpu_seconds"
echo end=yes
