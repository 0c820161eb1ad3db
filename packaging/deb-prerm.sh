#!/bin/sh
# Stops the service before its files are removed; during an upgrade it runs until its restart.
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  deb-systemd-invoke stop nle.service >/dev/null || true
fi
