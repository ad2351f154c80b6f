#!/usr/bin/env bash
# Installs the Debian packages that grazing needs and that are missing. It asks nothing; if none is missing, it does nothing.
set -euo pipefail
exec </dev/null

packages=(gcc libc6-dev cmake make ninja-build pkg-config libnlopt-dev libsuitesparse-dev liblapacke-dev libopenblas-pthread-dev
          libfftw3-dev libhdf5-dev libfyaml-dev libsundials-dev libcriterion-dev libopenmpi-dev openmpi-bin libhdf5-openmpi-dev
          python3-numpy python3-matplotlib python3-h5py)

if ! command -v dpkg-query >/dev/null; then
    echo "no Debian packages on this machine; if CMake misses something, look for what corresponds to: ${packages[*]}"
    exit 0
fi
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "missing, and neither root nor sudo to install them: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "installing: ${missing[*]}"

# Another package manager may hold the lock for a while; a mirror may drop a connection.
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 "$@"
}
# The package lists are refreshed first, as they may be stale or missing. If that fails, the packages may still be available.
install() {
    apt update || echo "apt-get update failed; going on with the lists there are"
    apt install --no-install-recommends "${missing[@]}"
}
install && exit 0
echo "once more, in 10 seconds"
sleep 10
install
