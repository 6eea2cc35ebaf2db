#!/bin/sh
# What the host knows about reaching package indexes, for one step of the build: sourced by the other scripts.
set -eu
export LC_ALL=C
secrets=/run/secrets

say() {
    echo "gpufleet: $*"
}

refuse() {
    echo "refused: $*"
    exit 1
}

# Some bases hold every pip to versions of their own
unset PIP_CONSTRAINT PIP_BUILD_CONSTRAINT
# Proxies and pip's options, as exports
if [ -e $secrets/variables ]; then
    # shellcheck source=/dev/null
    . $secrets/variables
fi
if [ -e $secrets/pip-ca ]; then
    export PIP_CERT=$secrets/pip-ca
fi
if [ -e $secrets/netrc ]; then
    export NETRC=$secrets/netrc
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_PROGRESS_BAR=off PIP_ROOT_USER_ACTION=ignore

pip_install() {
    umask 002 # what lies in /opt/venv belongs to the group that may change it
    /opt/venv/bin/pip install --no-compile "$@"
}

# Once for all, and on all cores: users of the image write no bytecode
compile() {
    /opt/venv/bin/python -m compileall -q -j 0 /opt/venv || true # packages may hold templates that are no Python
}
