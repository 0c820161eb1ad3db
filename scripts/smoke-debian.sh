#!/usr/bin/env bash
# Installs, upgrades, removes and purges the Debian package on a Debian that a real systemd has started, and
# pairs a virtual thermostat with its service; then the same with install.sh and "nle service install".
#
#   scripts/smoke-debian.sh dist/nle-linux-x64
#
# The Debian is this machine's own, with a layer in memory on top that takes all changes, in namespaces of its
# own: processes, network, mounts and control groups. Needs root and systemd. Prints one line per check and a
# count; exits with 1 when a check failed.
set -euo pipefail

say() { printf '%s\n' "$*"; }
die() { printf 'smoke-debian: %s\n' "$*" >&2; exit 2; }

binary=$(readlink -f "${1:?Usage: scripts/smoke-debian.sh <executable>}")
[ -x "$binary" ] || die "there is no executable $binary. Run scripts/build-binary.sh first."
cd "$(dirname "$0")/.."
arch=$(dpkg --print-architecture) || die 'this is no Debian.'
[ "$binary" = "$PWD/dist/nle-linux-${arch/amd/x}" ] || die "the package is made from the executable in dist/, and $binary is another."

passed=0
failed=0
pass() { passed=$((passed + 1)); say "ok - $*"; }
fail() { failed=$((failed + 1)); say "not ok - $*"; }
skip() { say "skipped - $*"; say "# $passed passed, $failed failed"; exit; }
# check <sentence> <command…>
check() {
  local sentence=$1
  shift
  mv -f "$work/out" "$work/said" 2>/dev/null || true
  if "$@" >"$work/out" 2>&1; then
    pass "$sentence"
  else
    fail "$sentence"
    tail -n 15 "$work/out" | sed 's/^/#   /'
  fi
}

work=$(mktemp -d)
init=
group=nle-smoke-$$
clean_up() {
  # The end of process 1 is the end of all others there.
  [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || true
  wait 2>/dev/null || true
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount sh -c 'mount -t cgroup2 none "$1" && find "$1/$2" -depth -type d -exec rmdir {} +' \
    sh "$work" "$group" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

[ "$(id -u)" = 0 ] || skip 'a Debian of its own needs root'
[ -x /lib/systemd/systemd ] || skip 'systemd is not installed'
unshare --mount --pid --fork --cgroup --net true 2>/dev/null ||
  skip 'this kernel does not allow namespaces here'

# --- The packages -----------------------------------------------------------------------------------

NLE_SKIP_XZ=1 scripts/build-deb.sh "$arch" 2>/dev/null
version=$(node -p "require('./package.json').version")
mkdir "$work/files" "$work/m"
mv "dist/nle_${version}_$arch.deb" "$work/files/new.deb"
rm "dist/nle_${version}_$arch.deb.sha256"
dpkg-deb -R "$work/files/new.deb" "$work/old"
sed -i 's/^Version: .*/Version: 0.0.1/' "$work/old/DEBIAN/control"
dpkg-deb --root-owner-group -Znone --build "$work/old" "$work/files/old.deb" >/dev/null
rm -rf "$work/old"
cp install.sh "$binary" "$work/files/"
(cd "$work/files" && sha256sum "${binary##*/}" >"${binary##*/}.sha256")

# --- The Debian -------------------------------------------------------------------------------------

# Runs inside the namespaces. What belongs to the whole machine stays as it is: /sys can only be read, and the
# units that set the kernel's variables and load modules are masked. (A read-only /proc/sys would keep the
# kernel from giving the service a /proc of its own.)
cat >"$work/boot" <<'BOOT'
set -eu
work=$1 group=$2
mount --make-rprivate /
mount -t cgroup2 none "$work/m"
mkdir "$work/m/$group"
echo $$ >"$work/m/$group/cgroup.procs"
umount "$work/m"
exec unshare --cgroup sh -eu -c '
  work=$1
  mount -t tmpfs -o size=2g none "$work/m"
  cd "$work/m"
  mkdir upper layer root
  mount -t overlay none -o lowerdir=/,upperdir=upper,workdir=layer root
  # The first keeps packages of a container from starting services; the second only takes time.
  rm -f root/usr/sbin/policy-rc.d root/var/lib/man-db/auto-update
  mkdir -p root/files
  mount --bind "$work/files" root/files
  for unit in systemd-sysctl systemd-modules-load; do
    ln -sf /dev/null "root/etc/systemd/system/$unit.service"
  done
  cd root
  mount -t proc proc proc
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 none sys/fs/cgroup
  for folder in run tmp dev; do mount -t tmpfs none "$folder"; done
  for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
  done
  mkdir dev/pts dev/shm before
  mount -t devpts -o newinstance,ptmxmode=0666 none dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  # Not chroot, in which the kernel forbids the user namespaces of the unit.
  pivot_root . before
  umount -l /before
  exec env -i container=nle PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=basic.target --log-target=null
' sh "$work"
BOOT
unshare --mount --pid --fork --uts --ipc --net --kill-child sh "$work/boot" "$work" "$group" \
  >"$work/boot.log" 2>&1 &
outer=$!

# wait_for <seconds> <command…>: until the command succeeds
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
} >/dev/null 2>&1
is_systemd() { init=$(pgrep -P "$outer") && [ "$(cat "/proc/$init/comm")" = systemd ]; }
inside() { nsenter --target "$init" --mount --pid --net --uts --ipc --cgroup --root --wd "$@" </dev/null; }
is_up() { is_systemd && inside systemctl is-active basic.target; }
if ! wait_for 30 is_up; then
  tail -n 3 "$work/boot.log" | sed 's/^/#   /'
  skip 'systemd could not be started in namespaces here'
fi
say "# $(inside systemctl --version | head -n 1) runs as process 1"

nle() { inside nle "$@"; }
active() { inside systemctl is-active --quiet nle; }
pid() { inside systemctl show --property=MainPID --value nle; }
serial=09AA01AC00000DEB
paired() { nle devices --json | grep -q "$serial"; }
# says <text>: whether the command of the check before did
says() { grep -q -- "$1" "$work/said"; }
has() { inside test -e "$1"; }
lacks() { ! has "$1"; }

# --- The package ------------------------------------------------------------------------------------

install_package() { inside env DEBIAN_FRONTEND=noninteractive dpkg -i "/files/$1.deb"; }
check 'the package installs' install_package old
check 'its service runs' active
is_unprivileged() { [ "$(inside stat -c %U "/proc/$(pid)")" != root ]; }
check 'as a user of its own' is_unprivileged
check 'systemd has nothing against its unit' inside systemd-analyze verify /usr/lib/systemd/system/nle.service

inside nle simulate --json --until-paired --serial "$serial" --server http://127.0.0.1:8000 \
  >"$work/thermostat.log" 2>&1 &
thermostat=$!
code=
has_code() { code=$(grep -oE '"code":"[A-Z0-9]{3}-?[A-Z0-9]{4}"' "$work/thermostat.log" | head -n 1 | cut -d '"' -f 4) && [ -n "$code" ]; }
check 'a virtual thermostat shows a code' wait_for 20 has_code
check 'root pairs it through the socket of the service' nle pair "$code"
ended() { ! kill -0 "$thermostat" 2>/dev/null; }
check 'the thermostat is paired' wait_for 20 ended

# shellcheck disable=SC2016 # expanded inside
inside sh -c 'echo API_ORIGIN=http://192.168.77.7:8000 >>/etc/default/nle'
before=$(pid)
check 'an upgrade installs' install_package new
check 'the service runs again' active
check 'it was restarted' test "$(pid)" != "$before"
has_setting() { nle config --json | grep -q 192.168.77.7; }
check 'the settings are kept, and in force' has_setting
check 'the thermostat is still paired' paired

check 'remove ends' inside dpkg -r nle
check 'it says that the data stays' says 'stay in /var/lib/nle'
check 'the service is gone' lacks /usr/lib/systemd/system/nle.service
check 'and does not run' test "$(inside pgrep -c -x nle)" = 0
check 'it can be installed again' install_package new
check 'with the same thermostat' paired

check 'purge ends' inside dpkg -P nle
check 'it says where the data is' says 'moved to /var/backups/nle-'
check 'the settings are gone' lacks /etc/default/nle
check 'the data is where a new installation does not find it' lacks /var/lib/nle
# shellcheck disable=SC2016 # expanded inside
kept=$(inside sh -c 'echo /var/backups/nle-*')
check 'only root can open it' test "$(inside stat -c '%a %U' "$kept")" = '700 root'

# --- install.sh -------------------------------------------------------------------------------------

check 'install.sh installs' inside sh /files/install.sh /files
check 'the service is installed' inside nle service install --yes
check 'it runs' active
check 'without thermostats' test "$(nle devices --json | grep -c "$serial")" = 0
check 'it stops' inside systemctl stop nle
check 'the data that purge kept is restored' nle restore "$kept/nle.sqlite" --db /var/lib/nle/nle.sqlite --yes
check 'it starts' inside systemctl start nle
check 'the thermostat is paired again' paired
before=$(pid)
check 'install.sh upgrades' inside sh /files/install.sh /files
check 'and says that the service runs the new version' says 'runs the new version'
check 'which it does' test "$(pid)" != "$before"
check 'with the thermostat' paired

# --- From install.sh to the package -----------------------------------------------------------------

check 'the package can be installed beside it' install_package new
check 'it names the unit that stands before its own' says 'sudo nle service uninstall'
check 'that unit can be removed' inside nle service uninstall --yes
check 'and the executable' inside rm /usr/local/bin/nle
check 'the unit of the package starts' inside systemctl enable --now nle
check 'with the executable of the package' test "$(inside readlink "/proc/$(pid)/exe")" = /usr/bin/nle
check 'and the thermostat' paired

say "# $passed passed, $failed failed"
[ "$failed" = 0 ]
