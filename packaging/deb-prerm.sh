#!/bin/sh
# Stops the service before its files go; an upgrade lets it run until it is restarted.
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  deb-systemd-invoke stop nle.service >/dev/null || true
fi
