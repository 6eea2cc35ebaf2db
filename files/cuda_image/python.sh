#!/bin/sh
# The locked Python packages, every file checked by its hash.
# shellcheck source-path=SCRIPTDIR source=host.sh
. /build/host.sh
wheels=/root/.cache/pip/wheels # outlives the build; pip's own cache keeps only what the index lets it keep

locked() {
    pip_install --no-index --find-links "$wheels" --only-binary=:all: --require-hashes -r /build/requirements.lock
}

say "Python packages from the lock"
mkdir -p "$wheels"
if ! locked >/dev/null 2>&1; then
    /opt/venv/bin/pip download --dest "$wheels" --only-binary=:all: --require-hashes -r /build/requirements.lock
    locked
fi
# A second build of the same library, with another memory allocator, which nothing here opens: 114 MB
find /opt/venv -name 'libnvrtc*.alt.so*' -delete
compile
