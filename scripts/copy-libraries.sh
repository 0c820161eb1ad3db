#!/usr/bin/env bash
# Copies the libraries that an executable needs, the loader included, into a root folder in which nothing else has
# to be for it to run.
#
#   scripts/copy-libraries.sh <executable> <root folder>
#   scripts/copy-libraries.sh <executable> <root folder> <folder of scripts/arm64-system.sh>    for another CPU
set -euo pipefail

binary=${1:?Usage: scripts/copy-libraries.sh <executable> <root folder> [folder of scripts/arm64-system.sh]}
root=${2:?the root folder is missing}
foreign=${3:-}

if [ -z "$foreign" ]; then
  # The libraries that the loader lists, at the paths it lists.
  ldd "$binary" | grep -o '/[^ ]*' | while read -r lib; do
    install -D -m 755 "$(readlink -f "$lib")" "$root$lib"
  done
else
  install -D -m 755 "$foreign/lib/ld-linux-aarch64.so.1" "$root/lib/ld-linux-aarch64.so.1"
  for lib in libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 libgcc_s.so.1 libstdc++.so.6; do
    install -D -m 755 "$foreign/lib/aarch64-linux-gnu/$lib" "$root/lib/aarch64-linux-gnu/$lib"
  done
fi
