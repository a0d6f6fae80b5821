#!/bin/sh
# Installs the named Debian packages that are missing, or prints the line that does. Elsewhere it does nothing.
#
#     scripts/debian_packages.sh PACKAGE...
set -eu

command -v apt-get >/dev/null 2>&1 || exit 0

# A simulated installation needs no rights and, unlike a look into dpkg's list, knows renamed packages.
is_complete() {
    plan=$(apt-get --simulate --no-install-recommends install "$@" 2>/dev/null) && ! printf '%s\n' "$plan" | grep -q '^Inst '
}

is_complete "$@" && exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root="env"
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n env"
else
    echo "Some Debian packages are missing, and installing them needs root. Run this line, then try again:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends $*" >&2
    exit 1
fi
echo "Installing Debian packages: $*"
$as_root DEBIAN_FRONTEND=noninteractive apt-get update -qq
$as_root DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
