#!/usr/bin/env bash
# Writes the repository of the Home Assistant add-on into a folder: what a branch of it has at its root.
#
#   scripts/add-on-repository.sh <owner of the project> <folder>
set -euo pipefail
cd "$(dirname "$0")/.."

owner=${1:?the owner of the project}
folder=${2:?a folder to write into}
# Names of images have no capital letters.
owner=${owner,,}
if [[ ! $owner =~ ^[a-z0-9][a-z0-9-]*$ ]]; then
  printf '%s is no owner of a project.\n' "$owner" >&2
  exit 1
fi

mkdir -p "$folder"
cp -R packaging/home-assistant/. "$folder/"
rm "$folder/Containerfile"
find "$folder" -type f \( -name '*.yaml' -o -name '*.md' \) -exec sed -i "s/OWNER/$owner/g" {} +
