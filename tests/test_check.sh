#!/usr/bin/env bash
# check.sh paths finds what it looks for, and does not pass if it could not read a file. Tested on small trees made here.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
command -v git >/dev/null || { echo "skipped: no git on this machine; apt-get install git"; exit 77; }
cd "$scratch"
place=/ho''me/somebody

# expect STATUS WORDS: `check.sh paths` ends with this status for the tree in this folder, and says these words.
expect() {
    local status=0 said
    said=$(bash "$tests/check.sh" paths "$PWD" "$PWD/build" 2>&1) || status=$?
    if [ "$status" != "$1" ] || [[ $said != *"$2"* ]]; then
        echo "status $status, not $1 with '$2': $said"
        exit 1
    fi
}

# First in an unpacked archive, then in a checkout.
for git in no yes; do
    mkdir "$git"
    cd "$git"
    [ $git = no ] || git init -q .
    echo "nothing here" >plain.txt
    echo "two words" >'with space.txt'
    expect 0 ""
    echo "see $place/file" >'with space.txt'
    expect 1 "name a place"
    echo "see $PWD/file" >'with space.txt'
    expect 1 "name a place"
    rm 'with space.txt'
    expect 0 ""
    cd ..
done

# grep cannot read a tracked file that is gone. This must be an error, whether there is a finding or not.
cd yes
echo "nothing" >gone.txt
git add .
rm gone.txt
expect 1 "not every file"
echo "see $place/file" >plain.txt
expect 1 "$place/file"
