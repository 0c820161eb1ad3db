#!/usr/bin/env bash
# Wraps a built executable into a Debian package: dist/nle_VERSION_CPU.deb
#
#   scripts/build-deb.sh [amd64|arm64]           default: this machine's
#   NLE_SKIP_XZ=1 scripts/build-deb.sh           not compressed and not checked by lintian, for tests
#
# Needs dpkg-deb, which every Debian has, and dist/nle-linux-x64 or -arm64 (scripts/build-binary.sh).
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
die() { say "build-deb: $*"; exit 1; }

command -v dpkg-deb >/dev/null || die 'dpkg-deb is not installed; build the package on Debian or a distribution based on it.'
arch=${1:-$(dpkg --print-architecture)}
case "$arch" in
  amd64) binary=dist/nle-linux-x64 ;;
  arm64) binary=dist/nle-linux-arm64 ;;
  *) die "unknown CPU \"$arch\". Use amd64 or arm64." ;;
esac
[ -f "$binary" ] || die "there is no $binary. Run scripts/build-binary.sh first."

PATH="$PWD/node_modules/.bin:$PATH"
node scripts/setup.mjs
hash -r

version=$(node -p "JSON.parse(require('node:fs').readFileSync('package.json')).version")
# Every date inside is that of the commit, so that a commit always gives the same package.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH
maintainer=${NLE_MAINTAINER:-nle maintainers <nle@packages.invalid>}
root=build/deb-$arch
deb=dist/nle_${version}_$arch.deb
rm -rf "$root"
umask 022

put() { mkdir -p "$root/$(dirname "$1")" && cat >"$root/$1"; }

install -D -m 755 "$binary" "$root/usr/bin/nle"
install -D -m 644 packaging/nle.default "$root/etc/default/nle"
# Unit, manual page and completions come from the program itself.
node bin/nle.ts service install --dry-run --executable /usr/bin/nle |
  sed '/^Description=/a Documentation=man:nle(1)' | put usr/lib/systemd/system/nle.service
node bin/nle.ts man-page --date "$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)" |
  gzip -9n | put usr/share/man/man1/nle.1.gz
node bin/nle.ts completion bash | put usr/share/bash-completion/completions/nle
node bin/nle.ts completion zsh | put usr/share/zsh/vendor-completions/_nle
node bin/nle.ts completion fish | put usr/share/fish/vendor_completions.d/nle.fish

put usr/share/doc/nle/copyright <packaging/copyright
gzip -9n <"$(echo node_modules/node-linux-*/LICENSE | cut -d' ' -f1)" | put usr/share/doc/nle/NOTICE-node.gz
# The changelog that dpkg shows; the full list of changes is CHANGELOG.md.
gzip -9n <<EOT | put usr/share/doc/nle/changelog.gz
nle ($version) stable; urgency=medium

  * Release $version. What changed is in CHANGELOG.md.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
EOT
# States which Debian rules the package breaks, and why.
put usr/share/lintian/overrides/nle <packaging/lintian-overrides

put DEBIAN/control <<EOT
Package: nle
Version: $version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size "$root" | cut -f1)
Pre-Depends: init-system-helpers (>= 1.54~)
Depends: libc6 (>= 2.34), libgcc-s1, libstdc++6 (>= 11)
Recommends: systemd
Section: net
Priority: optional
Description: self-hosted server for Nest thermostats
 Nest Learning Thermostats with the No Longer Evil firmware register with
 nle instead of the discontinued cloud. It stores what they report, delivers
 commands to them, and offers both to other programs in the house.
EOT
put DEBIAN/conffiles <<<'/etc/default/nle'
for script in postinst prerm postrm; do
  install -D -m 755 "packaging/deb-$script.sh" "$root/DEBIAN/$script"
done
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) | put DEBIAN/md5sums

compression=(-Zxz -z6)
[ "${NLE_SKIP_XZ:-}" = 1 ] && compression=(-Znone)
mkdir -p dist
dpkg-deb --root-owner-group --threads-max=2 "${compression[@]}" --build "$root" "$deb" >/dev/null
rm -rf "$root"
(cd dist && sha256sum "${deb#dist/}" >"${deb#dist/}.sha256")
say "$deb  $(($(stat -c %s "$deb") / 1000000)) MB"
if [ "${NLE_SKIP_XZ:-}" = 1 ]; then
  exit
elif command -v lintian >/dev/null; then
  lintian --fail-on error,warning "$deb" || die 'lintian found problems; see above.'
else
  say '  lintian is not installed: the package was not checked against Debian policy'
fi
