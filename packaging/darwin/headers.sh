#!/bin/sh
# headers.sh - a folder of headers as Darwin names them, each of which includes
# its part of libc/: for compilers on machines without an SDK.
# SPDX-License-Identifier: MIT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: headers.sh FOLDER}
grep -v '^#' "$here/headers.list" | while read -r name part; do
  mkdir -p "$out/$(dirname "$name")"
  printf '#include "%s/libc/%s.h"\n' "$here" "$part" >"$out/$name"
done
# clang's own has these as unsigned.
cat >"$out/stdint.h" <<'END'
#include_next <stdint.h>
#undef UINT8_MAX
#undef UINT16_MAX
#define UINT8_MAX 255
#define UINT16_MAX 65535
END
