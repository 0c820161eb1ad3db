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

say() { printf '%s\n' "$*"; }
die() { printf 'smoke-binary: %s\n' "$*" >&2; exit 2; }

binary=${1:?Usage: scripts/smoke-binary.sh <executable> [folder of scripts/arm64-system.sh]}
foreign=${2:-}
[ -x "$binary" ] || die "there is no executable $binary. Run scripts/build-binary.sh first."

work=$(mktemp -d)
root=$work/root
pids=()
clean_up() {
  local pid
  for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

passed=0
failed=0
pass() { passed=$((passed + 1)); say "ok - $*"; }
fail() { failed=$((failed + 1)); say "not ok - $*"; }
skip() { say "skipped - $*"; }
# check <sentence> <command…>
check() {
  local sentence=$1
  shift
  if "$@"; then pass "$sentence"; else fail "$sentence"; fi
}

# --- The root folder -------------------------------------------------------------------------------

mkdir -p "$root/data" "$root/tmp"
chmod 1777 "$root/tmp"
cp "$binary" "$root/nle"
chmod 755 "$work" "$root" "$root/nle"
runner=()
# By how much timeouts are multiplied.
patience=1
if [ -z "$foreign" ]; then
  # The libraries that the loader lists, at the paths it lists.
  ldd "$binary" | grep -o '/[^ ]*' | while read -r lib; do
    install -D -m 755 "$(readlink -f "$lib")" "$root$lib"
  done
else
  patience=8
  runner=(/qemu)
  cp "$foreign/qemu-aarch64-static" "$root/qemu"
  mkdir -p "$root/lib/aarch64-linux-gnu"
  cp -L "$foreign/lib/ld-linux-aarch64.so.1" "$root/lib/"
  for lib in libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 libgcc_s.so.1 libstdc++.so.6; do
    cp -L "$foreign/lib/aarch64-linux-gnu/$lib" "$root/lib/aarch64-linux-gnu/"
  done
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

# A free port. (Not 0: a thermostat reconnects to the same port after a restart.) Below 32768, because
# Linux takes the ports of outgoing connections from there on: such a port looks free and is not.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

# wait_for <seconds> <command…>: until the command succeeds
wait_for() {
  local end=$((SECONDS + $1 * patience))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}

port=$(free_port)
control=$(free_port)
matter=$(free_port)
healthy() {
  local answer
  exec 3<>"/dev/tcp/127.0.0.1/$control" || return 1
  printf 'GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
  answer=$(timeout 2 cat <&3) || true
  exec 3>&-
  [[ $answer == *'"ok"'* ]]
} 2>/dev/null

# serve <database> <prefix…>: starts the server and waits until it answers; sets $server
serve() {
  local database=$1
  shift
  "$@" serve --db "$database" --port "$port" --control-port "$control" \
    --matter-port "$matter" --api-origin "http://127.0.0.1:$port" >"$work/serve.log" 2>&1 &
  server=$!
  pids+=("$server")
  wait_for 10 healthy || { sed 's/^/#   serve: /' "$work/serve.log"; return 1; }
}

# stop: sends SIGTERM and waits at most 2 s for the exit
stop() {
  local end status=0
  kill -TERM "$server" 2>/dev/null || true
  end=$(($(date +%s%N) + 2000000000 * patience))
  while kill -0 "$server" 2>/dev/null; do
    [ "$(date +%s%N)" -lt "$end" ] || { kill -KILL "$server"; return 1; }
    sleep 0.05
  done
  wait "$server" || status=$?
  [ "$status" = 0 ] || { say "#   serve ended with exit code $status"; return 1; }
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
shows_code() { grep -oE '"code":"[A-Z0-9]{3}-?[A-Z0-9]{4}"' "$work/thermostat.log" | head -n 1 | grep -oE '[A-Z0-9]{3}-?[A-Z0-9]{4}'; }
has_code() { code=$(shows_code) && [ -n "$code" ]; }
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
# The bridge needs IPv6; where there is none, it says so.
bridge_runs() {
  local answer
  answer=$("${bare[@]}" matter on --db /data/nle.sqlite --json) || true
  [[ $answer == *'"qrCode":"MT:'* || $answer == *IPv6* ]] || { say "#   $answer"; return 1; }
  say "#   $(grep -oE '"(memory_bytes|last_error)":[^,}]*' <<<"$answer" | tr '\n' ' ')"
}
# Errors of sockets, such as EADDRINUSE, are the machine's.
announces() { ! grep 'not announced' "$work/serve.log" | grep -vE 'reason="?[A-Za-z]* ?E[A-Z]{4,}'; }
bridge_ends() { "${bare[@]}" matter off --db /data/nle.sqlite >/dev/null; }
# Under qemu the bridge takes minutes to load.
if [ -z "$foreign" ]; then
  check 'matter on starts the bridge from the same executable' bridge_runs
  check 'and off ends it' bridge_ends
fi
check 'nothing but the network keeps it from being announced' announces
check 'SIGTERM ends the server within 2 s' stop
check 'devices lists it with the server stopped' lists_paired
check 'the server starts again' serve /data/nle.sqlite "${bare[@]}"
check 'it is still paired' lists_paired
check 'and stops again' stop
check 'it left nothing outside the data folder' test -z "$(ls -A "$root/tmp")"

if [ "$(id -u)" = 0 ]; then
  mkdir -m 700 "$root/theirs"
  chown 65534:65534 "$root/theirs"
  nobody=(env -i "$chroot" --userspec=65534:65534 "$root" "${runner[@]}" /nle)
  check 'serve runs as nobody, without HOME' serve /theirs/nle.sqlite "${nobody[@]}"
  check 'and stops' stop

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
    check 'and stops' stop
    mounts ro ro
    check 'serve runs from a read-only file system, /tmp included' serve /data/nle.sqlite "${mounted[@]}"
    check 'and stops' stop
  else
    skip 'noexec and read-only mounts: this kernel does not allow mount namespaces here'
  fi
else
  skip 'user nobody, noexec and read-only mounts need root'
fi

say "# $passed passed, $failed failed"
[ "$failed" = 0 ]
