# Shared by the set-up scripts: installing packages of the system, or saying which command does.

say() { printf '%s\n' "$*" >&2; }

# Prints the prefix that makes a command run as root: nothing as root, `sudo -n` where it asks no password.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        echo "env"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        echo "sudo -n"
    else
        return 1
    fi
}

# apt_install PACKAGE... : installs them, or returns 1 where apt or the right to use it is missing.
apt_install() {
    command -v apt-get >/dev/null || return 1
    local root
    root=$(as_root) || return 1
    say "Installing $* ..."
    local install=($root DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@")
    # The lists of a fresh machine are empty or old: fetch them only if the packages are not found as it is.
    "${install[@]}" >/dev/null 2>&1 || { $root apt-get update -q >/dev/null 2>&1 && "${install[@]}" >/dev/null; } || return 1
}

# The command that a person should type to install packages here.
install_command() {
    if command -v apt-get >/dev/null; then
        echo "sudo apt-get update && sudo apt-get install -y $*"
    else
        echo "(with your system's package manager) install $*"
    fi
}
