#!/usr/bin/env bash
# Build tests/consumer against a build tree of libgrazing: install it into FOLDER, then as a user would, by pkg-config.
#
#   build_consumer.sh BUILD_DIR FOLDER C_COMPILER [FLAG..]      the program is FOLDER/consumer
set -euo pipefail
build=$1 folder=$2 cc=$3
tests=$(dirname "${BASH_SOURCE[0]}")

cmake --install "$build" --prefix "$folder" >/dev/null
PKG_CONFIG_PATH=$(dirname "$(find "$folder" -name grazing.pc)")
export PKG_CONFIG_PATH
read -ra flags <<<"$(pkg-config --static --cflags --libs grazing)"
"$cc" -std=c11 -g "${@:4}" "$tests/consumer/consumer.c" -o "$folder/consumer" "${flags[@]}" -lm \
    "-Wl,-rpath,$(pkg-config --variable=libdir grazing)"
