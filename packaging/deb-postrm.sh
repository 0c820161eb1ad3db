#!/bin/sh
# "remove" keeps data and settings. "purge" deletes the settings, and puts the data aside: without it every
# thermostat has to be paired again.
set -e
if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi
if command -v deb-systemd-helper >/dev/null; then
  if [ "$1" = remove ]; then deb-systemd-helper mask nle.service >/dev/null || true; fi
  if [ "$1" = purge ]; then
    deb-systemd-helper purge nle.service >/dev/null || true
    deb-systemd-helper unmask nle.service >/dev/null || true
  fi
fi
# The service's own folder; /var/lib/nle is a link that systemd makes.
data=/var/lib/private/nle
[ -d "$data" ] || data=/var/lib/nle
if [ "$1" = remove ] && [ -e "$data/nle.sqlite" ]; then
  echo 'nle: the thermostats and their data stay in /var/lib/nle, the settings in /etc/default/nle.'
fi
if [ "$1" = purge ]; then
  if [ -e "$data/nle.sqlite" ]; then
    kept=/var/backups/nle-$(date +%Y%m%d-%H%M%S)
    mkdir -p /var/backups
    if mv "$data" "$kept"; then
      chown -R root:root "$kept"
      chmod 700 "$kept"
      echo "nle: the thermostats and their data, keys included, were moved to $kept. \"nle restore\" brings them back; delete the folder when you need them no more."
    else
      rm -rf "$kept"
      echo "nle: the thermostats and their data could not be moved to $kept, and stay in /var/lib/nle." >&2
      exit 0
    fi
  fi
  rm -rf /var/lib/private/nle /var/lib/nle
fi
