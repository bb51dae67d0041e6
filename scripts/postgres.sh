#!/usr/bin/env bash
# A PostgreSQL for the tests of SQL sources: installs the system's if there is none. Without it those tests are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib.sh

has_postgres() {
    [ -n "${DATABASE_URL:-}" ] || command -v pg_ctl >/dev/null || ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 ||
        ls /opt/homebrew/opt/postgresql*/bin/pg_ctl /usr/local/opt/postgresql*/bin/pg_ctl >/dev/null 2>&1
}

if has_postgres; then
    exit 0
elif [ "$(uname)" = Darwin ] && command -v brew >/dev/null; then
    brew install --quiet postgresql || true
else
    apt_install postgresql || true
fi
has_postgres || say "PostgreSQL is missing: the tests of SQL sources will be skipped. Type:  $(install_command postgresql)"
