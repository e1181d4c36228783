#!/bin/sh
# bundle.sh - the device's bundle for both of Apple's processors, made on any
# system that has clang, lld and llvm: our own declarations and stubs stand for
# the SDK. The linker refuses a symbol that no stub has. Exit 77: a tool is
# missing. With --trace coreaudiod's questions are in the system's log
# (hal/coreaudio/trace.c).
# SPDX-License-Identifier: MIT
set -eu
cd "${1:?usage: bundle.sh SOURCE BUNDLE.driver [--trace]}"
bundle=${2:?}
trace=${3:-}
here=packaging/darwin
minimum=12.0

# first NAME...: the first that is there.
first() {
  for name in "$@"; do
    if command -v "$name" >/dev/null; then
      echo "$name"
      return
    fi
  done
  echo "skipped: no $1" >&2
  exit 77
}
cc=$(first clang-14 clang)
ld=$(first ld64.lld-14 ld64.lld)
ar=$(first llvm-ar-14 llvm-ar)
lipo=$(first llvm-lipo-14 llvm-lipo)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
$here/headers.sh "$folder/libc"

# The bundle needs some of hal/, which an archive finds out.
slice() {
  mkdir -p "$folder/$1/hal" "$folder/$1/coreaudio"
  for file in hal/*.c hal/coreaudio/*.c; do
    case $file in
      *_linux.c) continue ;;
      */trace*.c) [ -n "$trace" ] || continue ;;
    esac
    renamed=
    case $file$trace in
      */plugin.c--trace) renamed=-Dvsc_plugin_create=vsc_plugin_create_quiet ;;
    esac
    out=$(basename "$(dirname "$file")")/$(basename "$file" .c).o
    $cc -target "$1-apple-macos$minimum" -nostdlibinc -isystem "$folder/libc" \
      -isystem hal/coreaudio/apple -I. -Isdk/include -std=c11 \
      -D_POSIX_C_SOURCE=200809L -D_DARWIN_C_SOURCE -O2 -g0 -fvisibility=hidden \
      -fno-common -fno-math-errno -fno-trapping-math -fstack-protector-strong \
      -Wall -Wextra -Wpedantic -Wno-format-nonliteral -Werror $renamed \
      -c "$file" -o "$folder/$1/$out"
  done
  $ar rcs "$folder/$1/hal.a" "$folder/$1/hal"/*.o
  $ld -arch "$1" -platform_version macos $minimum $minimum -bundle \
    -syslibroot $here/stubs -lSystem -framework CoreFoundation \
    -exported_symbol _vsc_plugin_create -dead_strip -adhoc_codesign \
    -o "$folder/$1.bundle" "$folder/$1/coreaudio"/*.o "$folder/$1/hal.a"
}
slice arm64
slice x86_64

rm -rf "$bundle"
mkdir -p "$bundle/Contents/MacOS"
cp hal/coreaudio/Info.plist "$bundle/Contents/Info.plist"
$lipo -create "$folder/arm64.bundle" "$folder/x86_64.bundle" \
  -output "$bundle/Contents/MacOS/aes67-vsc"
chmod 755 "$bundle/Contents/MacOS/aes67-vsc"
echo "made $bundle"
