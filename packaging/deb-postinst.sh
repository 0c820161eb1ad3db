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
