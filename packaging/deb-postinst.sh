#!/bin/sh
# Starts the service after the first installation, and restarts it after an upgrade.
set -e
if [ "$1" = configure ] || [ "$1" = abort-upgrade ] || [ "$1" = abort-remove ]; then
  deb-systemd-helper unmask nle.service >/dev/null || true
  if deb-systemd-helper --quiet was-enabled nle.service; then
    deb-systemd-helper enable nle.service >/dev/null || true
  else
    deb-systemd-helper update-state nle.service >/dev/null || true
  fi
  if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
    action=start
    if [ -n "$2" ]; then action=restart; fi
    deb-systemd-invoke "$action" nle.service >/dev/null || true
  fi
fi
if [ -e /etc/systemd/system/nle.service ]; then
  echo 'nle: /etc/systemd/system/nle.service, of an earlier "nle service install", stands before the unit of this package. Remove it ("sudo nle service uninstall", and /usr/local/bin/nle), then start the new one: "sudo systemctl enable --now nle". The data stays.' >&2
fi
