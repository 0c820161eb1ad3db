#!/bin/sh
# Installs nle, or brings it up to date: picks the file for this machine's CPU, checks its hash, and puts it
# in place of the former one once it has shown that it starts here. A service that runs it is restarted.
#
#   sudo sh install.sh <folder or https address that holds the release's files>
#   NLE_PREFIX=$HOME/.local sh install.sh ~/Downloads        without root: ~/.local/bin/nle
#   sudo NLE_DOWNGRADE=1 sh install.sh …                     also puts an older version in place
#
# The hash comes from the same place as the file. It finds damage, and not a release that somebody forged:
# docs/packaging.md says how to check where a release was built.
set -eu

die() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }
say() { printf '%s\n' "$*"; }

# Prints the name of the file that runs here.
file_for_this_machine() {
  [ "$(uname -s)" = Linux ] || die "nle's executables are for Linux; elsewhere run it from source (see README.md)."
  case "$(uname -m)" in
    x86_64) file=nle-linux-x64 ;;
    aarch64) file=nle-linux-arm64 ;;
    armv6l | armv7l) die 'this system is 32-bit. On a Raspberry Pi 3 or later install the 64-bit Raspberry Pi OS.' ;;
    *) die "there is no nle for this CPU ($(uname -m)); only x86_64 and aarch64." ;;
  esac
  # An arm64 kernel may carry a 32-bit system, where the file would not start.
  [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 64 ] ||
    die 'the kernel is 64-bit, but the system on it is 32-bit. Install a 64-bit system.'
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null) ||
    die 'this system has no glibc, as Alpine has none. Use the container image, or run nle from source (see README.md).'
  is_older "${glibc#glibc }" 2.34 &&
    die "this system has $glibc, nle needs 2.34: Debian 12, Raspberry Pi OS 12, Ubuntu 22.04 or later."
  say "$file"
}

# is_older <version> <version>: whether the first comes before the second; 1.0.0-rc.1 comes before 1.0.0.
is_older() {
  [ "$1" != "$2" ] &&
    [ "$(printf '%s\n' "$1" "$2" | sed 's/-/~/' | sort -V | head -n 1 | sed 's/~/-/')" = "$1" ]
}

# fetch <file> <new file>
fetch() {
  case "$from" in
    https://*)
      if command -v curl >/dev/null; then
        curl --fail --location --silent --show-error --proto '=https' --connect-timeout 20 \
          --speed-limit 1000 --speed-time 30 --output "$2" "$from/$1"
      elif command -v wget >/dev/null; then
        wget -q -T 30 -O "$2" "$from/$1"
      else
        die 'neither curl nor wget is installed. Install one, or download the files elsewhere and name their folder.'
      fi
      ;;
    http://*) die "$from is not encrypted, so anybody on the way could change the file. Name an https address." ;;
    *) cp "$from/$1" "$2" ;;
  esac || die "could not get $1 from $from; the message above says why (a file that is not there, no network, a full disk). Nothing was changed."
}

# service_runs <executable>: whether systemd runs it as the service now
service_runs() {
  command -v systemctl >/dev/null && systemctl is-active --quiet nle.service 2>/dev/null &&
    systemctl show --property=ExecStart nle.service | grep -qF "path=$1 "
}

# Prints the processes that still run a file that was replaced.
processes_of_replaced() {
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/exe" 2>/dev/null)" = "$1 (deleted)" ] && printf '%s ' "${process#/proc/}"
  done
  return 0
}

restart_service() {
  if systemctl restart nle.service; then
    rm -f "$target.former"
    say 'The service runs the new version now.'
    "$target" service install --dry-run --executable "$target" 2>/dev/null | cmp -s - /etc/systemd/system/nle.service ||
      say 'Its unit is not the one of this version: "sudo nle service install" shows it, and asks before it writes it.'
  else
    say 'The service did not start with the new version: "journalctl -u nle -e" says why.' >&2
    say "The former executable is kept. To go back: sudo mv $target.former $target && sudo systemctl restart nle" >&2
    exit 1
  fi
}

main() {
  from=${1:-}
  [ -n "$from" ] || die 'name the folder or https address that holds the files of the release: sh install.sh <folder or address>'
  from=${from%/}
  bin=${NLE_PREFIX:-/usr/local}/bin
  target=$bin/nle
  file=$(file_for_this_machine)
  # A second nle in /usr/local/bin would stand before the package's, which its service goes on running.
  if [ -z "${NLE_PREFIX:-}" ] && dpkg-query --show nle >/dev/null 2>&1; then
    die 'the Debian package of nle is installed here. Upgrade it with "sudo apt install ./nle_VERSION_CPU.deb", or remove it first ("sudo apt remove nle" keeps the data).'
  fi
  { mkdir -p "$bin" && [ -w "$bin" ]; } || die "you may not write to $bin. Use sudo, or set NLE_PREFIX to a folder of yours."
  [ ! -d "$target" ] || die "$target is a folder. Move it away, or set NLE_PREFIX to another folder."

  # In the same folder: it is moved in one step from there, and it can be tried there.
  find "$bin" -maxdepth 1 -name '.nle-install.*' -mmin +60 -exec rm -rf {} +
  folder=$(mktemp -d "$bin/.nle-install.XXXXXX") || die "could not write to $bin; the message above says why."
  trap 'rm -rf "$folder"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  fetch "$file.sha256" "$folder/sha256"
  fetch "$file" "$folder/nle"
  [ "$(cut -c 1-64 "$folder/sha256" | head -n 1)" = "$(sha256sum "$folder/nle" | cut -c 1-64)" ] ||
    die "$file is damaged or was changed: its hash is wrong. Nothing was changed."

  chmod 755 "$folder/nle"
  new=$("$folder/nle" --version) || die "$file does not start here; the message above says why. Nothing was changed."
  former=
  if [ -e "$target" ]; then
    # One that does not start any more may be replaced by any.
    former=$("$target" --version 2>/dev/null) || former='one that does not start'
    if is_older "$(version_in "$new")" "$(version_in "$former")" && [ -z "${NLE_DOWNGRADE:-}" ]; then
      die "$target is $former, and this is the older $new. Nothing was changed. An older nle refuses the database of a newer one; if you want it all the same, set NLE_DOWNGRADE=1."
    fi
    # A second name of the same file, which takes no room; not every file system knows that.
    ln -f "$target" "$target.former" 2>/dev/null || cp -p "$target" "$target.former" ||
      die "could not keep a copy of $target; the message above says why. Nothing was changed."
  fi
  mv -f "$folder/nle" "$target"

  if [ -z "$former" ]; then
    say "Installed $new as $target."
    say "Next: \"$target serve\", or as a service \"sudo $target service install\". Where there is no systemd, let whatever starts programs here run \"$target serve\"."
    return
  fi
  say "Replaced $former by $new in $target."
  if service_runs "$target"; then restart_service; else rm -f "$target.former"; fi
  running=$(processes_of_replaced "$target")
  [ -z "$running" ] || say "The former version still runs (process ${running% }). Restart it the way it was started."
}

# "nle 1.2.3 (abc1234)" → 1.2.3; nothing of other text
version_in() { printf '%s\n' "$1" | sed -n 's/^nle \([^ ]*\).*/\1/p'; }

# At the end, so that half a downloaded script does nothing.
main "$@"
