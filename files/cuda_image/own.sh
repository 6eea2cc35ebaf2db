#!/bin/sh
# The declared requirements on top of the locked ones, and a look at whether kernels still compile.
# shellcheck source-path=SCRIPTDIR source=host.sh
. /build/host.sh

if [ -s /build/requirements.txt ]; then
    say "Python packages from cuda_image_requirements"
    constraints=$(mktemp)
    /opt/venv/bin/pip freeze | grep '==' >"$constraints"
    # Once one line holds a hash, every package needs one, those that others ask for included
    if grep -q -e '--hash=' /build/requirements.txt; then
        pip_install --require-hashes -c "$constraints" -r /build/requirements.txt
    else
        pip_install -c "$constraints" -r /build/requirements.txt
    fi
    rm "$constraints"
    compile
fi
say "compiling a CUDA kernel"
/opt/venv/bin/python -B /build/check.py
