#!/usr/bin/env bash
# Sees to what pip cannot install: Pango, which lays out the PDFs, and the reports' fonts. Usage: system.sh PYTHON
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh

PYTHON=$1
PANGO=(libpango-1.0-0 libpangoft2-1.0-0)
# Cuts the fonts in a PDF down to the letters that it uses, several times faster than its stand-in.
SUBSET=(libharfbuzz-subset0)
# Those that templates/report names first, by Debian's package.
FONTS=(fonts-lato fonts-ebgaramond fonts-dejavu-core)

# loads NAME... : does the system have these libraries where Python finds them?
loads() {
    "$PYTHON" - "$@" <<'PY'
import ctypes, ctypes.util, sys


def found(library):
    for name in (f"lib{library}.so.0", f"lib{library}.dylib", f"lib{library}.0.dylib", ctypes.util.find_library(library)):
        try:
            ctypes.CDLL(name or "no-such-library")
            return True
        except OSError:
            continue
    return False


sys.exit(not all(map(found, sys.argv[1:])))
PY
}

has_pango() { loads pango-1.0 pangoft2-1.0; }

missing_fonts() {
    local package
    for package in "${FONTS[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
    done
}

if [ "$(uname)" = Darwin ]; then
    if ! has_pango; then
        if command -v brew >/dev/null; then
            brew install --quiet pango
            # Homebrew's libraries are not where other Pythons look.
            has_pango || say "If PDFs fail, type:  export DYLD_FALLBACK_LIBRARY_PATH=$(brew --prefix)/lib"
        else
            say "Pango, which makes the PDFs, is missing. Install Homebrew (https://brew.sh), then type:  brew install pango"
            exit 1
        fi
    fi
    if command -v brew >/dev/null; then
        brew install --quiet --cask font-lato font-eb-garamond || say "Reports will use the fonts that are there."
    fi
    exit 0
fi

if ! has_pango; then
    apt_install "${PANGO[@]}" "${SUBSET[@]}" || apt_install "${PANGO[@]}" || true
    if ! has_pango; then
        say "Pango, which makes the PDFs, is missing. Type:  $(install_command "${PANGO[@]}" "${SUBSET[@]}" "${FONTS[@]}")  and run make again."
        exit 1
    fi
fi
# Without it PDFs are made all the same, only slower: its absence stops nothing.
if ! loads harfbuzz-subset && ! apt_install "${SUBSET[@]}"; then
    say "For faster PDFs, type:  $(install_command "${SUBSET[@]}")"
fi
# Fonts are a matter of looks: without them reports use what is there, so their absence stops nothing.
if command -v dpkg-query >/dev/null; then
    mapfile -t fonts < <(missing_fonts)
    if [ "${#fonts[@]}" -gt 0 ] && ! apt_install "${fonts[@]}"; then
        say "For the reports' own fonts, type:  $(install_command "${fonts[@]}")"
    fi
fi
