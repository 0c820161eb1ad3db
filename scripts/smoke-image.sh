#!/usr/bin/env bash
# Loads a container image with buildah and lives with it for a minute: a virtual thermostat is paired and commanded,
# the container restarted and exchanged for one of another image, its data folder taken away.
#
#   scripts/smoke-image.sh dist/nle-image-x64.tar
#   scripts/smoke-image.sh dist/nle-image-arm64.tar <folder of scripts/arm64-system.sh>    on another CPU: loads only
#
# Needs root and Debian's buildah. Asks no registry, and leaves the images of this machine alone. Prints one line per
# check and a count; exits with 1 when a check failed.
set -euo pipefail

archive=${1:?Usage: scripts/smoke-image.sh <archive> [folder of scripts/arm64-system.sh]}
foreign=${2:-}
mkdir -p build
work=$(mktemp -d "$PWD/build/smoke-image-XXXXXX")
# shellcheck source=scripts/smoke-kit.sh
. "$(dirname "$0")/smoke-kit.sh"
[ -f "$archive" ] || die "there is no image $archive. Run scripts/build-image.sh first."
[ "$(id -u)" = 0 ] || die 'buildah runs containers in a chroot, which needs root.'
command -v buildah >/dev/null || die 'buildah is not installed (Debian: buildah).'
# nobody and the user of the image have to reach the mounted image.
chmod 755 "$work"

MAX_BYTES=130000000
SERIAL=09AA01AC00000SMK

# --- The image ---------------------------------------------------------------------------------------

# A storage of its own. vfs needs nothing of the kernel.
store() { buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }
image=$(store pull --quiet "docker-archive:$archive")
# new_container <image>: its id. The volume of the image is taken out, because buildah would mount an empty folder over
# the one that a test names.
new_container() {
  local id
  id=$(store from --pull-never "$1")
  store config --volume /data- "$id" >/dev/null
  printf '%s\n' "$id"
}
# says <template> <expected>: what docker would read from the image
says() {
  local text
  text=$(store inspect --type image --format "$1" "$image")
  [ "$text" = "$2" ] || { say "#   $1 is $text"; return 1; }
}
config='.Docker.Config'
bytes=$(stat -c %s "$archive")
say "# $archive: $((bytes / 1000000)) MB"
check "it is smaller than $((MAX_BYTES / 1000000)) MB" test "$bytes" -lt "$MAX_BYTES"
check 'it runs nle serve' says "{{$config.Entrypoint}} {{$config.Cmd}}" '[nle] [serve]'
check 'as a user' says "{{$config.User}}" '1000:0'
check 'with a volume' says "{{$config.Volumes}}" 'map[/data:{}]'
check 'and a health check' says "{{$config.Healthcheck.Test}}" '[CMD nle health]'

container=$(new_container "$image")
root=$(store mount "$container")
check 'there is no shell inside' test -z "$(find "$root/bin" "$root/usr/bin" -mindepth 1 ! -name nle 2>/dev/null)"

if [ -n "$foreign" ]; then
  check 'it prints its version, under qemu' store run --isolation chroot \
    --volume "$PWD/$foreign/qemu-aarch64-static:/qemu:ro" "$container" -- /qemu /usr/bin/nle --version
  finish
  exit
fi

# --- How to run it -----------------------------------------------------------------------------------

data=$work/data
# new_volume <folder>: as engines make one, with the owner and the rights of /data in the image
new_volume() { cp -a "$root/data" "$1"; }
# A token is asked for everywhere but on the socket.
settings=(SERVER_PORT="$port" CONTROL_PORT="$control" MATTER_PORT="$matter"
  API_ORIGIN="http://127.0.0.1:$port" REQUIRE_TOKEN=yes LOOPBACK_TOKEN=no)
# inside <folder for /data> [option of buildah…] -- <command…>
inside() {
  local options=() each folder=$1
  shift
  for each in "${settings[@]}"; do options+=(--env "$each"); done
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  store run --isolation chroot "${options[@]}" --volume "$folder:/data" "$container" "$@"
}
# The process of nle below another one; buildah passes no signals on.
nle_below() {
  local pid=$1 child
  case "$(readlink "/proc/$pid/exe")" in */usr/bin/nle) printf '%s\n' "$pid"; return ;; esac
  while read -r child; do
    nle_below "$child" && return
  done < <(grep -lsE "^PPid:[[:space:]]$pid\$" /proc/[0-9]*/status | grep -oE '[0-9]+')
  return 1
}
serve() {
  start_server inside "$data" "$@" -- nle serve || return
  # Once nle has ended, buildah ends by itself, and is done with its storage.
  pids[-1]=$(nle_below "$server")
}
stop() { stop_server "$(nle_below "$server")"; }
nle() { inside "$data" -- nle "$@"; }
lists_paired() { nle devices --json | grep -q "$SERIAL"; }
wants_21_5() { nle status "$SERIAL" --json | grep -qE '"target_temperature": ?21\.5'; }
# refuses <pattern> <command…>: the command fails with a sentence
refuses() {
  local pattern=$1
  shift
  if "$@" >"$work/refused.log" 2>&1; then return 1; fi
  grep -qE "$pattern" "$work/refused.log" || { sed 's/^/#   /' "$work/refused.log"; return 1; }
}

# --- The checks --------------------------------------------------------------------------------------

new_volume "$data"
check 'nle health fails while nothing runs' refuses 'No nle server runs' nle health
check 'serve answers' serve
check 'nle health succeeds, without a token' nle health
inside "$data" -- nle simulate --json --serial "$SERIAL" --server "http://127.0.0.1:$port" >"$work/thermostat.log" 2>&1 &
thermostat=$!
code=
check 'a virtual thermostat shows a code' wait_for 20 has_code
pids+=("$(nle_below "$thermostat" || echo "$thermostat")")
check 'pair takes the code, inside and without a token' nle pair "$code" --wait
check 'the thermostat takes a temperature' nle set "$SERIAL" 21.5
check 'SIGTERM ends the server within 2 s' stop
check 'the container starts again' serve
check 'the thermostat is still paired' lists_paired
check 'and wants the same temperature' wants_21_5
check 'and comes back by itself' wait_for 20 nle set "$SERIAL" 20
check 'and takes that one' nle set "$SERIAL" 21.5
stop || fail 'the server stops'

store config --label org.opencontainers.image.version=next "$container" >/dev/null
container=$(new_container "$(store commit --quiet "$container" localhost/nle:next)")
check 'a container of another image starts on the same volume' serve
check 'the thermostat is still paired there' lists_paired
check 'and wants the same temperature' wants_21_5
stop || fail 'the server stops'

new_volume "$work/fresh"
mkdir "$work/roots"
data=$work/fresh
check 'another user, named by number, starts with a new volume' serve --user 1234
stop || fail 'the server stops'
check 'a folder of root is refused with what to do' refuses 'chown -R 1000 FOLDER' \
  inside "$work/roots" -- nle serve
check 'data of another user are refused with what to do' refuses 'chown -R 1000 FOLDER' \
  inside "$work/fresh" -- nle serve

# As an engine starts it: process 1 of its own process numbers, everything but the volume read-only.
first=$work/first
new_volume "$first"
# shellcheck disable=SC2016 # expanded by the inner shell
as_first=(unshare --mount --pid --fork --kill-child sh -c '
  mount --bind "$1" "$1" && mount --bind "$2" "$1/data" && mount -t proc proc "$1/proc" &&
    mount -o remount,bind,ro "$1" && shift 2 && exec "$@"' sh "$root" "$first")
in_root=("$(PATH="$PATH:/usr/sbin:/sbin" command -v chroot)" --userspec=1000:0 "$root"
  /usr/bin/nle)
mkdir -p "$root/proc"
if unshare --mount --pid --fork true 2>/dev/null; then
  env=(env -i PATH="$PATH:/usr/sbin:/sbin" SQLITE3_DB_PATH=/data/nle.sqlite "${settings[@]}")
  check 'serve runs as process 1 of a read-only container' start_server "${env[@]}" "${as_first[@]}" "${in_root[@]}" serve
  nle_pid=$(nle_below "$server" || echo "$server")
  pids[-1]=$nle_pid
  beside=("${env[@]}" nsenter --target "$nle_pid" --mount --pid "${in_root[@]}")
  check 'a command beside it finds it' "${beside[@]}" health
  check 'matter on starts the bridge there' bridge_runs "${beside[@]}" matter on --json
  check 'and off ends it' "${beside[@]}" matter off --json
  check 'and SIGTERM ends it cleanly' stop_server "$nle_pid"
else
  skip 'process 1 and a read-only file system: this kernel does not allow namespaces here'
fi

finish
