#!/bin/sh
# "remove" keeps the thermostats' data, "purge" deletes it.
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
if [ "$1" = purge ]; then
  rm -rf /var/lib/private/nle /var/lib/nle
fi
