#!/bin/sh
# Make a virtual environment with uv in it: create_environment.sh FOLDER UV_VERSION
# One that works is kept; one that is half made, too old or has lost its Python is made anew.
set -eu
folder=$1
uv_version=$2

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

if ! fits "$folder/bin/python" || ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    python=
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 && fits "$name"; then
            python=$name
            break
        fi
    done
    if [ -z "$python" ]; then
        echo "stnviz needs Python 3.11 or newer and finds none on the PATH: install one." >&2
        exit 2
    fi
    if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        echo "This Python cannot make environments: install the package python3-venv." >&2
        exit 2
    fi
    echo "Making an environment in $folder with $("$python" --version)."
    "$python" -m venv --clear "$folder"
fi
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
