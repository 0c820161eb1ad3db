#!/usr/bin/env bash
# Builds the executables dist/nle-linux-x64 and dist/nle-linux-arm64, each with its .sha256 and, where
# xz is installed, compressed as .xz.
#
#   scripts/build-binary.sh [x64|arm64|all]      default: all
#   NLE_SKIP_XZ=1 scripts/build-binary.sh x64    the executable and its hash only
#
# Needs npm, git, tar and Node of any version. Fetches only npm packages, and checks each against
# package-lock.json. See docs/packaging.md.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
die() { say "build-binary: $*"; exit 1; }

case "${1:-all}" in
  x64 | arm64) arches=("$1") ;;
  all) arches=(x64 arm64) ;;
  *) die "unknown CPU \"$1\". Use x64, arm64 or all." ;;
esac
[ "$(uname -s)" = Linux ] || die 'the executables are built on Linux (x64 or arm64).'
for tool in node npm tar sha256sum; do
  command -v "$tool" >/dev/null || die "\"$tool\" is not installed. Install it and run this again."
done
case "$(uname -m)" in
  x86_64) host=x64 ;;
  aarch64) host=arm64 ;;
  *) die "this machine's CPU ($(uname -m)) has no Node.js $(node --version) package; use an x64 or arm64 one." ;;
esac

PATH="$PWD/node_modules/.bin:$PATH"
node scripts/setup.mjs
hash -r

# From here on `node` is the pinned one. Both executables get its version.
lock() { node -p "JSON.parse(require('node:fs').readFileSync('package-lock.json')).packages['node_modules/$1'].$2"; }

# Prints the path of the Node binary for a CPU. npm ci installed and checked the one of this machine's
# CPU; this function fetches and checks the other.
base_binary() {
  local arch=$1 package="node-linux-$1"
  if [ -x "node_modules/$package/bin/node" ]; then
    printf '%s\n' "node_modules/$package/bin/node"
    return
  fi
  local version integrity tarball folder=build/download
  version=$(lock "$package" version)
  integrity=$(lock "$package" integrity)
  tarball="$folder/$package-$version.tgz"
  mkdir -p "$folder"
  if [ ! -f "$tarball" ]; then
    say "  fetching $package@$version with npm"
    npm pack "$package@$version" --pack-destination "$folder" --silent >/dev/null ||
      die "npm could not fetch $package@$version. Check that the npm registry can be reached."
  fi
  # shellcheck disable=SC2016 # ${…} is JavaScript here
  node -e '
    const [file, wanted] = process.argv.slice(1)
    const hash = require("node:crypto").createHash("sha512").update(require("node:fs").readFileSync(file))
    if (`sha512-${hash.digest("base64")}` !== wanted) process.exit(1)
  ' "$tarball" "$integrity" || {
    rm -f "$tarball"
    die "$package-$version.tgz does not match its hash in package-lock.json, and was deleted. Run this again; if it happens again, do not trust that npm mirror."
  }
  rm -rf "${folder:?}/$package"
  mkdir "$folder/$package"
  tar -xzf "$tarball" -C "$folder/$package" --strip-components=1 package/bin/node
  printf '%s\n' "$folder/$package/bin/node"
}

# Prints the name of a program that strips binaries for a CPU; nothing where there is none.
strip_for() {
  local triplet=x86_64-linux-gnu
  [ "$1" = arm64 ] && triplet=aarch64-linux-gnu
  if command -v "$triplet-strip" >/dev/null; then
    printf '%s\n' "$triplet-strip"
  elif [ "$1" = "$host" ] && command -v strip >/dev/null; then
    printf 'strip\n'
  fi
}

# copy_stripped <cpu> <from> <to>
copy_stripped() {
  local strip
  strip=$(strip_for "$1")
  rm -f "$3"
  if [ -n "$strip" ]; then
    "$strip" --strip-all -o "$3" "$2"
  else
    cp "$2" "$3"
  fi
  chmod 755 "$3"
}

# code_cache <cpu> <node binary> <folder>: compiles the parts of the program in the folder ahead of
# time. That needs a machine with the CPU, or qemu; otherwise the caches stay empty.
code_cache() {
  local run=() flags parts part
  read -ra flags <scripts/executable/node-flags
  mapfile -t parts < <(find "$3" -maxdepth 1 -name '*.cjs' ! -name main.cjs -printf '%f\n' | sed 's/\.cjs$//' | LC_ALL=C sort)
  for part in "${parts[@]}"; do : >"$3/$part.cache"; done
  # The process of the Matter bridge has a memory limit, a flag with which V8 would reject its 8 MB of cache.
  mapfile -t parts < <(printf '%s\n' "${parts[@]}" | grep -vx matter-bridge)
  if [ "$1" != "$host" ]; then
    if [ ! -x build/arm64-system/qemu-aarch64-static ] || [ "$1" != arm64 ]; then
      say "  no code cache for $1: the executable starts a little slower (for arm64, run \"scripts/arm64-system.sh build/arm64-system\" first)"
      return
    fi
    run=("$PWD/build/arm64-system/qemu-aarch64-static" -L "$PWD/build/arm64-system")
  fi
  env -i "${run[@]}" "$2" --random-seed=1 scripts/executable/code-cache.cjs "$3" "${parts[@]}" >"$3/serve.log" || {
    cat "$3/serve.log" >&2
    die "the program could not serve while it was compiled for $1; its messages are above."
  }
  env -i "${run[@]}" "$2" "${flags[@]}" scripts/executable/code-cache.cjs --check "$3" "${parts[@]}" ||
    die "V8 rejects the code cache for $1. Check scripts/executable/node-flags: some flags forbid one."
}

build() {
  local arch=$1 out="dist/nle-linux-$1" folder="build/$1" version base cache
  say "nle-linux-$arch"
  version=$(lock "node-linux-$arch" version)
  base=$(base_binary "$arch")
  [ -n "$(strip_for "$arch")" ] ||
    say "  no strip program for $arch: the executable is about 18 MB larger (Debian: binutils$([ "$arch" = "$host" ] || echo -aarch64-linux-gnu))"

  # pkg fetches Node from the Node project's site unless it finds it in $HOME/.pkg-cache.
  cache="$folder/home/.pkg-cache/sea/node-v$version-linux-$arch"
  rm -rf "$folder"
  mkdir -p "$cache/bin" dist
  copy_stripped "$arch" "$base" "$cache/bin/node"
  touch "$cache/bin/node.ok" "$cache.tar.gz" "$cache.tar.gz.ok"

  cp -r build/bundle/*.cjs build/bundle/web "$folder/"
  copy_stripped "$arch" "node_modules/better-sqlite3/prebuilds/linux-$arch.node" "$folder/better_sqlite3.node"
  code_cache "$arch" "$cache/bin/node" "$folder"
  node scripts/executable/compress.cjs "$folder"
  rm -f "$out"
  HOME="$PWD/$folder/home" node scripts/seal.mjs "$arch" "$version" "$folder" "$out" >"$folder/pkg.log" 2>&1 || {
    cat "$folder/pkg.log" >&2
    die "pkg failed for $arch; its messages are above."
  }
  rm -rf "$folder"

  (cd dist && sha256sum "nle-linux-$arch" >"nle-linux-$arch.sha256")
  say "  $out  $(($(stat -c %s "$out") / 1000000)) MB  sha256 $(cut -c1-16 "$out.sha256")…"
  rm -f "$out.xz"
  if [ "${NLE_SKIP_XZ:-}" = 1 ]; then
    return
  elif command -v xz >/dev/null; then
    xz --keep --threads=2 --block-size=64MiB -6 "$out"
    say "  $out.xz  $(($(stat -c %s "$out.xz") / 1000000)) MB"
  else
    say "  xz is not installed: no $out.xz (Debian: xz-utils)"
  fi
}

node scripts/bundle.mjs build/bundle
for arch in "${arches[@]}"; do build "$arch"; done
rm -rf build/bundle
