#!/usr/bin/env bash
# Pairs a virtual thermostat with nothing but a built executable, in a root folder that contains only the
# libraries the executable needs: no Node, no shell, no environment.
#
#   scripts/smoke-binary.sh dist/nle-linux-x64
#   scripts/smoke-binary.sh dist/nle-linux-arm64 <folder of scripts/arm64-system.sh>    on another CPU
#
# As root it also tests user nobody, /tmp mounted noexec and a read-only file system. Prints one line
# per check and a count; exits with 1 when a check failed.
set -euo pipefail

binary=${1:?Usage: scripts/smoke-binary.sh <executable> [folder of scripts/arm64-system.sh]}
foreign=${2:-}
work=$(mktemp -d)
# shellcheck source=scripts/smoke-kit.sh
. "$(dirname "$0")/smoke-kit.sh"
[ -x "$binary" ] || die "there is no executable $binary. Run scripts/build-binary.sh first."
root=$work/root

# --- The root folder -------------------------------------------------------------------------------

mkdir -p "$root/data" "$root/tmp"
chmod 1777 "$root/tmp"
cp "$binary" "$root/nle"
chmod 755 "$work" "$root" "$root/nle"
runner=()
"$(dirname "$0")/copy-libraries.sh" "$binary" "$root" ${foreign:+"$foreign"}
if [ -n "$foreign" ]; then
  patience=8
  runner=(/qemu)
  cp "$foreign/qemu-aarch64-static" "$root/qemu"
fi
inside=$(cd "$root" && find . -type f ! -name nle ! -name qemu | sed 's/^\.//' | sort | tr '\n' ' ')
say "# the root folder holds the executable and: $inside"

# --- How to run it --------------------------------------------------------------------------------

# Each of these prefixes is a command to which the arguments of nle are added. The path is absolute,
# because "env -i" removes PATH.
chroot=$(PATH="$PATH:/usr/sbin:/sbin" command -v chroot) || die 'chroot is not installed.'
if [ "$(id -u)" = 0 ]; then
  enter=("$chroot" "$root")
elif unshare --user --map-root-user true 2>/dev/null; then
  enter=("$(command -v unshare)" --user --map-root-user "$chroot" "$root")
else
  die 'a bare root folder needs root, or a kernel that lets users create namespaces.'
fi
bare=(env -i "${enter[@]}" "${runner[@]}" /nle)

# serve <database> <prefix…>
serve() {
  local database=$1
  shift
  start_server "$@" serve --db "$database" --port "$port" --control-port "$control" \
    --matter-port "$matter" --api-origin "http://127.0.0.1:$port"
}

# fetch <path>: prints what a browser gets
fetch() {
  exec 3<>"/dev/tcp/127.0.0.1/$control" || return 1
  printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n' "$1" >&3
  timeout $((2 * patience)) cat <&3
  exec 3>&-
} 2>/dev/null
has_page() {
  local script
  script=$(fetch / | grep -oE 'web/main-[A-Z0-9]+\.js') || return 1
  [[ $(fetch "/$script") == 'HTTP/1.1 200'*text/javascript* ]]
}

url="http://127.0.0.1:$control"
serial=09AA01AC00000SMK
lists_paired() { "${bare[@]}" devices --db /data/nle.sqlite --json | grep -q "$serial"; }
ended() { ! kill -0 "$thermostat" 2>/dev/null; }
exited_with_0() { ended && wait "$thermostat"; }

# --- The checks -------------------------------------------------------------------------------------

version=$("${bare[@]}" --version) || true
say "# $version"
check 'it prints its version' test -n "$version"
check 'serve answers' serve /data/nle.sqlite "${bare[@]}"
check 'a browser gets the web page and its script' has_page

"${bare[@]}" simulate --json --until-paired --serial "$serial" --server "http://127.0.0.1:$port" \
  >"$work/thermostat.log" 2>&1 &
thermostat=$!
pids+=("$thermostat")
code=
check 'a virtual thermostat shows a code' wait_for 20 has_code
check 'pair takes the code' "${bare[@]}" pair "$code" --server "$url" --json
check 'the thermostat is paired' wait_for 20 ended
check 'the thermostat exited with 0' exited_with_0
check 'devices lists it' lists_paired
# Errors of sockets, such as EADDRINUSE, are the machine's.
announces() { ! grep 'not announced' "$work/serve.log" | grep -vE 'reason="?[A-Za-z]* ?E[A-Z]{4,}'; }
bridge_ends() { "${bare[@]}" matter off --db /data/nle.sqlite >/dev/null; }
# Under qemu the bridge takes minutes to load.
if [ -z "$foreign" ]; then
  check 'matter on starts the bridge from the same executable' \
    bridge_runs "${bare[@]}" matter on --db /data/nle.sqlite --json
  check 'and off ends it' bridge_ends
fi
check 'nothing but the network keeps it from being announced' announces
check 'SIGTERM ends the server within 2 s' stop_server
check 'devices lists it with the server stopped' lists_paired
check 'the server starts again' serve /data/nle.sqlite "${bare[@]}"
check 'it is still paired' lists_paired
check 'and stops again' stop_server
check 'it left nothing outside the data folder' test -z "$(ls -A "$root/tmp")"

if [ "$(id -u)" = 0 ]; then
  mkdir -m 700 "$root/theirs"
  chown 65534:65534 "$root/theirs"
  nobody=(env -i "$chroot" --userspec=65534:65534 "$root" "${runner[@]}" /nle)
  check 'serve runs as nobody, without HOME' serve /theirs/nle.sqlite "${nobody[@]}"
  check 'and stops' stop_server

  # mounted <options of /tmp> <options of the root>: a prefix with these mounts, gone with the process
  mounts() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    mounted=(env -i "PATH=$PATH:/usr/sbin:/sbin" unshare --mount sh -c '
      root=$1 tmp=$2 self=$3 chroot=$4; shift 4
      mount --bind "$root" "$root" && mount -t tmpfs -o size=16m tmpfs "$root/data" &&
        mount -t tmpfs -o "$tmp" tmpfs "$root/tmp" && mount -o "remount,bind,$self" "$root" &&
        exec env -i "$chroot" "$root" "$@"' sh "$root" "$1" "$2" "$chroot" "${runner[@]}" /nle)
  }
  if unshare --mount true 2>/dev/null; then
    mounts noexec,nosuid rw
    check 'serve runs with /tmp mounted noexec' serve /data/nle.sqlite "${mounted[@]}"
    check 'and stops' stop_server
    mounts ro ro
    check 'serve runs from a read-only file system, /tmp included' serve /data/nle.sqlite "${mounted[@]}"
    check 'and stops' stop_server
  else
    skip 'noexec and read-only mounts: this kernel does not allow mount namespaces here'
  fi
else
  skip 'user nobody, noexec and read-only mounts need root'
fi

finish
