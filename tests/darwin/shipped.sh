#!/bin/sh
# shipped.sh - a program with the shipped slice in it, where the bundle could be
# made. SPDX-License-Identifier: MIT
set -eu
program=${1:?usage: VSC_BUNDLE=FILE shipped.sh PROGRAM}
if [ ! -e "$VSC_BUNDLE" ]; then
  echo "skipped: no bundle, see darwin.bundle"
  exit 77
fi
exec "$program"
