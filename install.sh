#!/bin/sh
# Installs nle: picks the file for this machine's CPU, checks its hash, puts it in /usr/local/bin.
#
#   sh install.sh <folder or address that holds the release's files>
#   NLE_PREFIX=$HOME/.local sh install.sh ~/Downloads        without root: ~/.local/bin/nle
set -eu

die() { echo "install.sh: $*" >&2; exit 1; }

from=${1:-}
[ -n "$from" ] || die 'name the folder or https address that holds the files of the release: sh install.sh <folder or address>'
target=${NLE_PREFIX:-/usr/local}/bin/nle

[ "$(uname -s)" = Linux ] || die "nle's executables are for Linux; elsewhere run it from source (see README.md)."
case "$(uname -m)" in
  x86_64) file=nle-linux-x64 ;;
  aarch64) file=nle-linux-arm64 ;;
  armv6l | armv7l) die 'this system is 32-bit. On a Raspberry Pi 3 or later install the 64-bit Raspberry Pi OS.' ;;
  *) die "there is no nle for this CPU ($(uname -m)); only x86_64 and aarch64." ;;
esac
# An arm64 kernel may carry a 32-bit system, where the file would not start.
[ "$(getconf LONG_BIT)" = 64 ] || die 'the kernel is 64-bit, but the system on it is 32-bit. Install a 64-bit system.'
glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || die 'this system has no glibc (Alpine?); run nle from source (see README.md).'
oldest=$(printf '%s\n' "${glibc#glibc }" 2.34 | sort -V | head -n 1)
[ "$oldest" = 2.34 ] || die "this system has $glibc, nle needs 2.34: Debian 12, Raspberry Pi OS 12, Ubuntu 22.04 or later."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fetch() {
  case "$from" in
    https://*) curl --fail --location --silent --show-error --output "$folder/$1" "$from/$1" ;;
    *) cp "$from/$1" "$folder/$1" ;;
  esac
}
fetch "$file.sha256" || die "there is no $file.sha256 in $from."
fetch "$file" || die "there is no $file in $from."
(cd "$folder" && sha256sum --check --quiet "$file.sha256") || die "$file is damaged or was changed: its hash is wrong. Nothing was installed."

bin=$(dirname "$target")
{ mkdir -p "$bin" && install -m 755 "$folder/$file" "$target.new"; } || die "cannot write to $bin. Use sudo, or set NLE_PREFIX to a folder of yours."
mv "$target.new" "$target"
"$target" --version
echo "Installed as $target. Next: \"$target serve\", or \"sudo $target service install\"."
