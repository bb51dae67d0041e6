#!/usr/bin/env bash
# Makes the virtual environment and installs exactly what the lock files name, checked by hash. Usage: install.sh VENV
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh

VENV=$1
LOCKS=(requirements.lock requirements-models.lock requirements-uv.lock)

# The first Python that runs and is new enough; the locks are made for 3.11 and tried there first.
find_python() {
    local name
    for name in ${PYTHON:-} python3.11 python3.12 python3.13 python3 python; do
        if "$name" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

make_venv() {
    local python version package
    if ! python=$(find_python); then
        say "Python 3.11 or newer is needed and was not found. Type:  $(install_command python3 python3-venv)"
        exit 1
    fi
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        package="python$version-venv"
        if ! apt_install "$package"; then
            say "Python $version lacks its venv module. Type:  $(install_command "$package")  and then run make again."
            exit 1
        fi
    fi
    rm -rf "$VENV"
    "$python" -m venv "$VENV"
}

works() { "$VENV/bin/python" -m pip --version >/dev/null 2>&1; }

works || make_venv
if ! "$VENV/bin/uv" --version >/dev/null 2>&1 || [ requirements-uv.lock -nt "$VENV/.installed" ]; then
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-uv.lock
fi
say "Installing $(cat "${LOCKS[@]}" | grep -c '==') packages at most, pinned by hash ..."
export VIRTUAL_ENV="$PWD/$VENV"
# Compiled now, on all cores: else the first command of all, or every one where Python may write no caches, takes seconds more.
sync=("$VENV/bin/uv" pip sync --quiet --require-hashes --compile-bytecode)
# Without the network first: what is installed or cached already needs none, though uv would ask all the same.
"${sync[@]}" --offline "${LOCKS[@]}" 2>/dev/null || "${sync[@]}" "${LOCKS[@]}"
# The project itself, built by the hatchling just installed: nothing unpinned is fetched for it.
"$VENV/bin/uv" pip install --quiet --offline --no-deps --no-build-isolation --editable .
