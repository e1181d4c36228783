#!/bin/sh
# compile.sh - each sdk/include/vsc/*.h compiles alone, as C11 and as C++17, with
# gcc and clang, and includes nothing but <stddef.h>, <stdint.h> and <vsc/...>.
# SPDX-License-Identifier: MIT
set -u
include=${1:?usage: compile.sh SOURCE}/sdk/include
warnings='-Wall -Wextra -Wpedantic -Wshadow -Werror'
failed=0 compilers=0

# try COMPILER LANGUAGE FLAG...: all headers, each in a file of its own.
try() {
  compiler=$1 language=$2
  shift 2
  command -v "$compiler" >/dev/null || { echo "skipped: no $compiler"; return; }
  compilers=$((compilers + 1))
  for header in "$include"/vsc/*.h; do
    printf '#include <vsc/%s>\n' "${header##*/}" |
      "$compiler" -x "$language" "$@" $warnings -I"$include" -fsyntax-only - || {
        echo "FAIL $compiler $* <vsc/${header##*/}>"
        failed=1
      }
  done
}

try gcc c -std=c11
try g++ c++ -std=c++17
try clang c -std=c11
try clang++ c++ -std=c++17
try clang-22 c -std=c11 -Wfunction-effects
try clang++-22 c++ -std=c++17 -Wfunction-effects

others=$(grep -nE '^[[:space:]]*#[[:space:]]*include' "$include"/vsc/*.h |
  grep -vE '<(stddef\.h|stdint\.h|vsc/[a-z_]+\.h)>')
if [ -n "$others" ]; then
  echo "FAIL an SDK header includes more than stddef, stdint and vsc:"
  echo "$others"
  failed=1
fi
[ "$compilers" -gt 0 ] || { echo "FAIL no compiler"; failed=1; }
exit $failed
