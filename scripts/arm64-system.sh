#!/usr/bin/env bash
# Prepares a folder in which an arm64 executable runs on another CPU: unpacks Debian's arm64 C and C++
# libraries, and qemu. Installs nothing and needs no special rights: apt keeps its lists and packages
# inside the folder too.
#
#   scripts/arm64-system.sh <folder>             creates <folder>/qemu-aarch64-static and <folder>/lib
set -euo pipefail

die() { printf 'arm64-system: %s\n' "$*" >&2; exit 1; }

folder=${1:?Usage: scripts/arm64-system.sh <folder>}
[ -x "$folder/qemu-aarch64-static" ] && [ -d "$folder/lib" ] && exit 0
for tool in apt-get dpkg dpkg-deb; do
  command -v "$tool" >/dev/null || die "$tool is not installed; use Debian or a distribution based on it."
done

mkdir -p "$folder"
work=$(cd "$folder" && pwd)/work
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,packages}
touch "$work/status"
apt() {
  apt-get -qq -o Dir::State="$work/state" -o Dir::Cache="$work/cache" \
    -o Dir::State::status="$work/status" -o APT::Architectures::="$(dpkg --print-architecture)" \
    -o APT::Architectures::=arm64 -o APT::Sandbox::User="$(id -un)" -o APT::Update::Error-Mode=any "$@"
}
apt update >/dev/null 2>"$work/log" || die "apt could not fetch the list of arm64 packages: $(tail -n 1 "$work/log")"
packages=(libc6:arm64 libgcc-s1:arm64 libstdc++6:arm64)
if command -v qemu-aarch64-static >/dev/null; then
  cp "$(command -v qemu-aarch64-static)" "$folder/"
else
  packages+=(qemu-user-static)
fi
(cd "$work/packages" && apt download "${packages[@]}") >/dev/null 2>"$work/log" ||
  die "apt could not fetch the packages: $(tail -n 1 "$work/log")"
for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$work/root"; done
[ -x "$folder/qemu-aarch64-static" ] || cp "$work/root/usr/bin/qemu-aarch64-static" "$folder/"
# Older packages have /lib, newer ones /usr/lib.
mkdir "$folder/lib"
for lib in "$work"/root/lib "$work"/root/usr/lib; do
  [ ! -d "$lib" ] || cp -a "$lib/." "$folder/lib/"
done
rm -rf "$work"
