#!/bin/sh
# Build an image with BuildKit and say in few words how it goes. Nothing is written to the host but what Docker keeps:
# standard input holds, each in one line of base64, five secrets (shell variables, apt's options, mirror and logins, pip's
# logins), which the build reads from this process's environment, and then the build context.
# $1 base, $2 what declares it, $3 reference, $4 certificates of apt's, $5 of pip's, further: arguments of docker build
set -eu
export LC_ALL=C
base=$1 setting=$2 reference=$3 ca=$4 pip_ca=$5
shift 5

engine() {
    DOCKER_BUILDKIT=1 docker -H unix:///run/docker.sock "$@"
}

fail() {
    printf 'refused: %s\n' "$*" >&2
    exit 1
}

# A secret from standard input into the variable $1, given to the build as $2 where there is any
for pair in GPUFLEET_VARIABLES:variables GPUFLEET_APT_OPTIONS:apt-options GPUFLEET_APT_MIRROR:apt-mirror \
    GPUFLEET_APT_LOGINS:apt-logins GPUFLEET_NETRC:netrc; do
    IFS= read -r encoded
    name=${pair%%:*}
    [ -n "$encoded" ] || continue
    value=$(printf %s "$encoded" | base64 -d)
    export "$name=$value"
    set -- "$@" --secret "id=${pair#*:},env=$name"
done
[ -f "$pip_ca" ] || pip_ca=$ca # pip's configuration may name a file that has gone
[ ! -f "$ca" ] || set -- "$@" --secret "id=ca,src=$ca"
[ ! -f "$pip_ca" ] || set -- "$@" --secret "id=pip-ca,src=$pip_ca"

# The base, as new as it is to be had; without a registry the one that is here
echo "looking up the base $base"
if ! said=$(timeout 900 docker -H unix:///run/docker.sock pull -q "$base" 2>&1 </dev/null); then
    said=$(printf '%s' "$said" | tail -n 1)
    engine image inspect "$base" >/dev/null 2>&1 </dev/null ||
        fail "$setting: the base $base cannot be pulled: $said. Set $setting to an image that this host can pull, or" \
            "docker_engine_registry_mirrors to a registry that has it"
    echo "the base cannot be looked up ($said): taking the one that is here"
fi
digest=$(engine image inspect -f '{{if .RepoDigests}}{{index .RepoDigests 0}}{{else}}{{.Id}}{{end}}' "$base" </dev/null)

# `numpy-2.4.6-cp313-cp313-manylinux_2_28_x86_64.whl (16.6 MB)`, shortened
wheel() {
    printf '  %s\n' "$1" | sed -E 's/^( +[^-]+-[^-]+)-[^ ]+ /\1 /'
}

report() {
    [ -n "$refused" ] || printf '%s\n' "$1" >&2
}

# BuildKit's log, cut down to what a person wants to see; all that it says of a failed step
follow() {
    failed='' marks=0 refused='' reason=''
    while IFS= read -r line; do
        case $line in
        'gpufleet-build-failed') failed=yes ;;
        '#'*' gpufleet: '*) printf '%s\n' "${line#*gpufleet: }" ;;
        '#'*' Downloading '*' MB)') wheel "${line#*Downloading }" ;;
        '#'*' exporting layers') echo "writing the image" ;;
        '#'*' refused: '*) refused=${line#*refused: } ;;
        ------) marks=$((marks + 1)) ;;
        ERROR:*) reason=$line ;;
        *'> ['*) [ "$marks" != 1 ] || report "the step${line##* sh}" ;;
        *) [ "$marks" != 1 ] || report "$line" ;;
        esac
    done
    [ -z "$refused" ] || fail "$refused"
    [ -z "$failed" ] || fail "$reference cannot be built: ${reason#ERROR: }"
}

started=$(date +%s)
# The name is given with the last step: a build that is killed leaves none, and what it finished is taken up by the next
base64 -d | {
    engine build --progress=plain --build-arg "BASE=$base" --label "gpufleet.base.digest=${digest##*@}" \
        --tag "$reference" "$@" - 2>&1 || echo gpufleet-build-failed
} | follow
size=$(engine image inspect -f '{{.Size}}' "$reference" </dev/null)
case $(engine info -f '{{json .DriverStatus}}' </dev/null) in
*io.containerd.snapshotter.v1*) measure="MB compressed" ;;
*) measure=MB ;;
esac
echo "built $reference: $((size / 1000000)) $measure in $(($(date +%s) - started)) s"
