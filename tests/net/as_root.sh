# as_root.sh - sourced before anything else by scripts that act as several users: only
# root can, in a network namespace that is not a user's.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
set -euo pipefail
if [ "$(id -u)" != 0 ] || ! unshare -n true 2>/dev/null; then
  echo "skipped: only root can be several users" >&2
  exit 77
fi
if [ -z "${VSC_ALONE:-}" ]; then
  # shellcheck disable=SC2016 # for the inner shell
  VSC_ALONE=1 exec unshare -n sh -c 'ip link set lo up && exec "$0"' "$0"
fi
