#!/usr/bin/env bash
# Puts a built executable into a container image: dist/nle-image-x64.tar or -arm64.tar, for "docker load",
# "podman load" and skopeo.
#
#   scripts/build-image.sh [x64|arm64]           default: this machine's
#
# Needs root, Debian's buildah, and dist/nle-linux-x64 or -arm64 (scripts/build-binary.sh); for arm64 on another CPU
# also build/arm64-system (scripts/arm64-system.sh). Asks no registry: nothing but the executable and the system
# libraries it needs is inside.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
die() { say "build-image: $*"; exit 1; }

case "$(uname -m)" in
  x86_64) host=x64 ;;
  aarch64) host=arm64 ;;
  *) host='' ;;
esac
cpu=${1:-$host}
foreign=''
case "$cpu" in
  x64) platform=linux/amd64 ;;
  arm64) platform=linux/arm64 ;;
  *) die "unknown CPU \"$cpu\". Use x64 or arm64." ;;
esac
if [ "$cpu" != "$host" ]; then
  foreign=build/arm64-system
  [ "$cpu" = arm64 ] || die "the image for $cpu is built on $cpu."
  [ -d "$foreign/lib" ] || die "there are no arm64 libraries. Run \"scripts/arm64-system.sh $foreign\" first."
fi
binary=dist/nle-linux-$cpu
[ -f "$binary" ] || die "there is no $binary. Run scripts/build-binary.sh first."
command -v buildah >/dev/null || die 'buildah is not installed (Debian: buildah).'
[ "$(id -u)" = 0 ] || die 'buildah keeps the owners of files, which needs root. Run this with sudo.'

PATH="$PWD/node_modules/.bin:$PATH"
node scripts/setup.mjs
hash -r

version=$(node -p "JSON.parse(require('node:fs').readFileSync('package.json')).version")
# Every date inside is that of the commit, so that a commit always gives the same image.
date=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
folder=build/image-$cpu
system=$folder/context/system
archive=dist/nle-image-$cpu.tar
rm -rf "$folder"
umask 022

put() { mkdir -p "$system/$(dirname "$1")" && cat >"$system/$1"; }

install -D -m 755 "$binary" "$system/usr/bin/nle"
scripts/copy-libraries.sh "$binary" "$system" $foreign
put etc/passwd <<'EOT'
root:x:0:0:root:/data:/usr/bin/nle
nle:x:1000:0:nle:/data:/usr/bin/nle
EOT
put etc/group <<<'root:x:0:'
put etc/nsswitch.conf <<<'hosts: files dns'
put usr/share/doc/nle/copyright <packaging/copyright
gzip -9n <"$(echo node_modules/node-linux-*/LICENSE | cut -d' ' -f1)" | put usr/share/doc/nle/NOTICE-node.gz
for package in libc6 libgcc-s1 libstdc++6; do
  put "usr/share/doc/$package/copyright" <"/usr/share/doc/$package/copyright"
done
install -d -m 1777 "$system/tmp"
install -d -m 770 "$folder/context/volume/data"

# A storage of its own, gone afterwards: the images of this machine stay as they are.
storage=(buildah --root "$PWD/$folder/storage" --runroot "$PWD/$folder/run" --storage-driver vfs)
trap 'rm -rf "$folder"' EXIT
"${storage[@]}" bud --isolation chroot --platform "$platform" --format docker --timestamp "$date" \
  --build-arg VERSION="$version" --build-arg REVISION="$revision" \
  --file packaging/Containerfile --tag "localhost/nle:$version" "$folder/context" >"$folder/log" 2>&1 || {
  cat "$folder/log" >&2
  die 'buildah failed; its messages are above.'
}
rm -f "$archive"
"${storage[@]}" push --quiet "localhost/nle:$version" "docker-archive:$archive:localhost/nle:$version"

(cd dist && sha256sum "nle-image-$cpu.tar" >"nle-image-$cpu.tar.sha256")
say "$archive  $(($(stat -c %s "$archive") / 1000000)) MB  sha256 $(cut -c1-16 "$archive.sha256")…"
