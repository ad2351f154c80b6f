#!/usr/bin/env bash
# Install the Debian packages that grazing needs and that are not there yet.
set -euo pipefail

packages=(gcc cmake make pkg-config libnlopt-dev libsuitesparse-dev liblapacke-dev libopenblas-pthread-dev libfftw3-dev
          libhdf5-dev libfyaml-dev libcriterion-dev python3-numpy python3-matplotlib python3-h5py)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing: ${missing[*]}"
if [ "$(id -u)" -ne 0 ]; then exec sudo bash "$0"; fi
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
