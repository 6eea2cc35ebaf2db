#!/bin/sh
# The locked Python packages, every file checked by its hash.
# shellcheck source-path=SCRIPTDIR source=host.sh
. /build/host.sh

say "Python packages from the lock"
pip_install --only-binary=:all: --require-hashes -r /build/requirements.lock
# A second build of the same library, with another memory allocator, which nothing here opens: 107 MB
find /opt/venv -name 'libnvrtc.alt.so*' -delete
compile
