#!/bin/sh
# nvidia-smi of the lab's simulated driver: answers what the real one is asked, from a file per GPU. In a container
# only the files of its own GPUs are there, and they count from 0, as with a real driver. Shell built-ins alone: it has
# to run in any image.
version=@DRIVER@
cuda=@CUDA@
folder=/usr/share/nvidia-simulated-driver

# A container that has lost its GPUs, as to a daemon-reload; its /dev/shm, and this file with it, goes when it ends.
if [ -e /dev/shm/nvml-lost ]; then
    echo 'Failed to initialize NVML: Unknown Error'
    exit 255
fi

# Set uuid, name, compute_cap, memory and bus from the file of a GPU.
read_gpu() {
    while IFS='=' read -r key value; do
        case $key in
        uuid) uuid=$value ;;
        name) name=$value ;;
        compute_cap) compute_cap=$value ;;
        memory) memory=$value ;;
        bus) bus=$value ;;
        esac
    done <"$1"
}

wanted() {
    [ -n "$ids" ] || return 0
    case ,$ids, in *,"$index",* | *,"$uuid",* | *,"$bus",*) return 0 ;; esac
    return 1
}

# Call "$@" for every GPU that is wanted.
each_gpu() {
    index=0
    for file in "$folder"/gpu-*; do
        [ -r "$file" ] || continue
        read_gpu "$file"
        if wanted; then
            found=yes
            "$@"
        fi
        index=$((index + 1))
    done
}

unit() { # of a column
    case $1 in
    memory.*) printf ' [MiB]' ;;
    utilization.*) printf ' [%%]' ;;
    esac
}

known() {
    case $1 in
    compute_cap) [ "${version%%.*}" -ge 510 ] ;;
    uuid | gpu_uuid | index | name | gpu_name | driver_version | memory.total | memory.used | memory.free | count) ;;
    pci.bus_id | gpu_bus_id | utilization.gpu | mig.mode.current) ;;
    *) return 1 ;;
    esac
}

value() {
    case $1 in
    uuid | gpu_uuid) printf '%s' "$uuid" ;;
    index) printf '%s' "$index" ;;
    name | gpu_name) printf '%s' "$name" ;;
    driver_version) printf '%s' "$version" ;;
    compute_cap) printf '%s' "$compute_cap" ;;
    memory.total | memory.free) printf '%s%s' "$memory" "${units:+ MiB}" ;;
    memory.used) printf '0%s' "${units:+ MiB}" ;;
    utilization.gpu) printf '0%s' "${units:+ %}" ;;
    pci.bus_id | gpu_bus_id) printf '%s' "$bus" ;;
    mig.mode.current) printf '[N/A]' ;;
    count) printf '%s' "$count" ;;
    esac
}

row() { # print "$1" of every field that was asked for, between commas
    separator=
    left=$fields,
    while [ -n "$left" ]; do
        field=${left%%,*}
        left=${left#*,}
        printf '%s' "$separator"
        "$1" "$field"
        separator=', '
    done
    echo
}

title() { printf '%s%s' "$1" "$(unit "$1")"; }
one_more() { count=$((count + 1)); }
list() { printf 'GPU %s: %s (UUID: %s)\n' "$index" "$name" "$uuid"; }

panel() {
    printf '| %3s  %-42s %16s                        |\n' "$index" "$name" "$bus"
    printf '|      0MiB / %8sMiB %63s |\n' "$memory" ''
}

query_gpus() {
    left=$fields,
    while [ -n "$left" ]; do
        field=${left%%,*}
        left=${left#*,}
        known "$field" || {
            printf 'Field "%s" is not a valid field to query.\n\n' "$field"
            exit 2
        }
    done
    count=0
    each_gpu one_more
    if [ -z "$found" ]; then
        echo 'No devices were found'
        exit 6
    fi
    [ -z "$header" ] || row title
    each_gpu row value
}

show_all() {
    line='+-----------------------------------------------------------------------------------------+'
    echo "$line"
    printf '| NVIDIA-SMI %-22s Driver Version: %-14s CUDA Version: %-9s|\n' "$version" "$version" "$cuda"
    echo "$line"
    each_gpu panel
    echo "$line"
    echo '| A simulated driver of the gpufleet lab: nothing can be computed on these GPUs.          |'
    echo "$line"
    if [ -z "$found" ]; then
        echo 'No devices were found'
        exit 6
    fi
}

action=show
ids=''
fields=''
header=yes
units=yes
found=''
while [ $# -gt 0 ]; do
    case $1 in
    -L | --list-gpus) action=list ;;
    --query-gpu=*) action=query fields=${1#*=} ;;
    --query-compute-apps=*) action=processes ;;
    --format=*)
        case ,${1#*=}, in *,noheader,*) header= ;; esac
        case ,${1#*=}, in *,nounits,*) units= ;; esac
        ;;
    -i) ids=$2 && shift ;;
    --id=*) ids=${1#*=} ;;
    --version)
        printf 'NVIDIA-SMI version  : %s\nNVML version        : %s\n' "$version" "${version%.*}"
        printf 'DRIVER version      : %s\nCUDA Version        : %s\n' "$version" "$cuda"
        exit 0
        ;;
    *)
        printf 'Invalid combination of input arguments. Please run '\''nvidia-smi -h'\'' for help.\n\n'
        exit 1
        ;;
    esac
    shift
done

case $action in
list)
    each_gpu list
    [ -n "$found" ] || echo 'No devices found.'
    ;;
query) query_gpus ;;
processes) [ -z "$header" ] || echo 'pid, process_name, used_gpu_memory [MiB]' ;;
show) show_all ;;
esac
