#!/bin/sh
# Python with its module venv, the declared apt packages, and an empty virtual environment in /opt/venv.
# shellcheck source-path=SCRIPTDIR source=host.sh
. /build/host.sh
WORKING="debian:bookworm (Python 3.11), debian:trixie (3.13), ubuntu:24.04 (3.12), ubuntu:26.04 (3.14)"

refuse_base() {
    refuse "cuda_image_base: $*. Bases that work: $WORKING, and images made from them"
}

# The version of a Python, when there is one
version() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

check_version() {
    case $1 in
    3.1[1-4]) ;;
    *) refuse_base "it brings Python $1, and the locked packages are for 3.11 to 3.14" ;;
    esac
}

# A Python that can make virtual environments: the one that the image brings, else the distribution's
python() {
    for candidate in python3 /usr/bin/python3; do
        if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
}

apt_get() {
    # shellcheck disable=SC2086 # options without spaces in them
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o APT::Sandbox::User=root -o Acquire::Retries=3 \
        -o APT::Update::Error-Mode=any -o Dir::Etc::netrc=$secrets/apt-logins $options "$@"
}

# A copy of the base's sources that point to the host's mirror
from_mirror() {
    sources=$(mktemp -d)
    mkdir "$sources/parts"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        [ ! -f "$file" ] || sed -E -f $secrets/apt-mirror "$file" >"$sources/parts/${file##*/}"
    done
    [ ! -e "$sources/parts/sources.list" ] || mv "$sources/parts/sources.list" "$sources/list"
    options="$options -o Dir::Etc::SourceList=$sources/list -o Dir::Etc::SourceParts=$sources/parts"
}

update() {
    options=
    [ ! -e $secrets/ca ] || options="-o Acquire::https::CAInfo=$secrets/ca"
    [ ! -e $secrets/apt-options ] || export APT_CONFIG=$secrets/apt-options
    if [ -e $secrets/apt-mirror ]; then
        plain=$options
        from_mirror
        ! apt_get update || return 0
        say "the host's mirror does not serve this base: taking the base's own sources"
        rm -rf /var/lib/apt/lists/*
        options=$plain
    fi
    apt_get update
}

clean() {
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/log/apt /var/log/dpkg.log \
        ${sources:+"$sources"}
}

[ -x /usr/bin/apt-get ] || refuse_base "it has no apt-get: it is neither Debian nor Ubuntu"
there=$(version python3)
[ -z "$there" ] || check_version "$there"
packages=$APT_PACKAGES
[ -n "$(python)" ] || packages="python3 python3-venv $packages"
if [ -n "${packages# }" ]; then
    say "apt packages: $packages"
    update
    # shellcheck disable=SC2086 # names of packages
    apt_get install --no-install-recommends $packages
    clean
fi
found=$(python)
[ -n "$found" ] || refuse_base "no Python in it can make virtual environments, package python3-venv notwithstanding"
check_version "$(version "$found")"
say "Python $(version "$found") ($found)"
# With what the base or apt brings in sight; what is installed here comes before that
"$found" -m venv --system-site-packages /opt/venv
groupadd --system venv
find /opt/venv -type d -exec chgrp venv {} + -exec chmod g+ws {} +
