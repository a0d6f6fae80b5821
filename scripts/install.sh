#!/bin/sh
# Makes a virtual environment, if there is none, and installs this project into it, editable and constrained.
#
#     scripts/install.sh VENV [EXTRAS]
#
# PYTHON           the interpreter to use; by default the first of python3, python3.14 ... python3.11 that will do
# TORCH_INDEX_URL  the package index to take torch from; by default the one that pip is configured for
set -eu
cd "$(dirname "$0")/.."
venv=$1
extras=${2:+[$2]}

is_recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if is_recent "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer is needed, but ${PYTHON:-python3} is $("${PYTHON:-python3}" --version 2>&1 || true)." >&2
    echo "Install a newer one, and name it if it has another name: make PYTHON=/path/to/python3.12 ..." >&2
    return 1
}

make_venv() {
    python=$(find_python)
    # Debian keeps the module that puts pip into a virtual environment in a package of its own.
    "$python" -c 'import ensurepip' 2>/dev/null ||
        sh scripts/debian_packages.sh "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    "$python" -m venv --clear "$venv"
}

has_nvidia_gpu() {
    command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q '^GPU '
}

pip_install() {
    "$venv/bin/python" -m pip install --disable-pip-version-check --quiet "$@"
}

install_torch() {
    torch=$(grep '^torch==' constraints.txt)
    if [ -n "${TORCH_INDEX_URL:-}" ]; then
        pip_install --index-url "$TORCH_INDEX_URL" "$torch"
        return
    fi
    # On Linux the plain build brings several GB of CUDA libraries; elsewhere it is the small one already.
    if [ "$(uname -s)" = Linux ] && ! has_nvidia_gpu; then
        pip_install "$torch+cpu" 2>/dev/null && return
        echo "There is no NVIDIA GPU here, but the configured package index has no CPU build of $torch:" >&2
        echo "taking the default build, which is several GB. To avoid that, stop (Ctrl+C) and give the index of" >&2
        echo "CPU builds that PyTorch's installation page names: make TORCH_INDEX_URL=... demo" >&2
    fi
    pip_install "$torch"
}

is_recent "$venv/bin/python" || make_venv
echo "Installing into $venv (the first time takes some minutes)"
install_torch
pip_install --constraint constraints.txt --editable ".$extras"
