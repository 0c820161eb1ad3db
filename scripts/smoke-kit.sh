# What scripts/smoke-binary.sh and scripts/smoke-image.sh share; they source it. It counts checks, ends the processes
# that are listed in $pids, and removes the folder $work when the test ends.
# shellcheck shell=bash disable=SC2034,SC2154 # some variables are set or used there only

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; exit 2; }

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
finish() {
  say "# $passed passed, $failed failed"
  [ "$failed" = 0 ]
}

# By how much timeouts are multiplied.
patience=1

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
port=$(free_port)
control=$(free_port)
matter=$(free_port)

# wait_for <seconds> <command…>: until the command succeeds
wait_for() {
  local end=$((SECONDS + $1 * patience))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}

healthy() {
  local answer
  exec 3<>"/dev/tcp/127.0.0.1/$control" || return 1
  printf 'GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
  answer=$(timeout 2 cat <&3) || true
  exec 3>&-
  [[ $answer == *'"ok"'* ]]
} 2>/dev/null

# start_server <command…>: starts it and waits until it answers; sets $server
start_server() {
  "$@" >"$work/serve.log" 2>&1 &
  server=$!
  pids+=("$server")
  wait_for 10 healthy || { sed 's/^/#   serve: /' "$work/serve.log"; return 1; }
}

# stop_server [process]: sends SIGTERM to it, or to $server itself, and waits at most 2 s for the exit of $server
stop_server() {
  local end status=0
  kill -TERM "${1:-$server}" 2>/dev/null || true
  end=$(($(date +%s%N) + 2000000000 * patience))
  while kill -0 "$server" 2>/dev/null; do
    [ "$(date +%s%N)" -lt "$end" ] || { kill -KILL "$server"; return 1; }
    sleep 0.05
  done
  wait "$server" || status=$?
  [ "$status" = 0 ] || { say "#   serve ended with exit code $status"; return 1; }
}

# The code on the screen of the virtual thermostat that writes to $work/thermostat.log, in $code
has_code() {
  code=$(grep -oE '"code":"[A-Z0-9]{3}-?[A-Z0-9]{4}"' "$work/thermostat.log" | head -n 1 | grep -oE '[A-Z0-9]{3}-?[A-Z0-9]{4}')
  [ -n "$code" ]
}

# bridge_runs <command…>: whether "nle matter on --json" starts the bridge. It needs IPv6; where there is none, it says so.
bridge_runs() {
  local answer
  answer=$("$@") || true
  [[ $answer == *'"qrCode":"MT:'* || $answer == *IPv6* ]] || { say "#   $answer"; return 1; }
  say "#   $(grep -oE '"(memory_bytes|last_error)":[^,}]*' <<<"$answer" | tr '\n' ' ')"
}
