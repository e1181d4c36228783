#!/bin/sh
# run.sh - installs into a folder of its own, builds the template there through
# CMake and with one cc line, checks both modules and runs audio through them;
# builds the examples of applications in the same two ways and runs them.
# SPDX-License-Identifier: MIT
set -eu
source=$1 build=$2 through=$3 cmake=$4 libdir=$5 cc=$6
umask 022
work=$(mktemp -d "${TMPDIR:-/tmp}/vsc-sdk-XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
prefix=$work/prefix

say() { printf '\n== %s\n' "$*"; }

say install
"$cmake" --install "$build" --prefix "$prefix" >"$work/install.log" 2>&1 || {
  cat "$work/install.log"
  exit 1
}
cp -R "$prefix/share/vsc-sdk/template" "$work/template"
aes67=$prefix/bin/aes67

# Tries one module; $1 says how it was built.
try() {
  say "$1: check"
  "$aes67" module check "$2"
  say "$1: audio"
  "$through" "$2"
}

say cmake
"$cmake" -S "$work/template" -B "$work/cmake" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_C_COMPILER="$cc" -DCMAKE_BUILD_TYPE=Release >/dev/null
"$cmake" --build "$work/cmake"
"$cmake" --install "$work/cmake" >/dev/null
installed=$prefix/$libdir/aes67/modules/codec-l32.so
[ -f "$installed" ] || { echo "FAIL not installed at $installed"; exit 1; }
try cmake "$installed"

say 'another minor version is refused'
if echo 'cmake_minimum_required(VERSION 3.20)
project(x NONE)
find_package(vsc-sdk 0.2 REQUIRED)' >"$work/CMakeLists.txt" &&
  "$cmake" -S "$work" -B "$work/other" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
    >/dev/null 2>&1; then
  echo "FAIL find_package(vsc-sdk 0.2) took this SDK"
  exit 1
fi

say 'one cc line'
export PKG_CONFIG_PATH="$prefix/$libdir/pkgconfig"
# shellcheck disable=SC2046
"$cc" -std=c11 -O2 -fPIC -shared -fvisibility=hidden -Wl,-z,now -Wl,-z,defs \
  $(pkg-config --cflags vsc-sdk) "$work/template/module.c" \
  -o "$work/codec-l32.so"
moduledir=$(pkg-config --variable=moduledir vsc-sdk)
[ "$(cd "$moduledir" && pwd)" = "$(cd "${installed%/*}" && pwd)" ] ||
  { echo "FAIL moduledir is $moduledir"; exit 1; }
try 'one cc line' "$work/codec-l32.so"

say 'the one cc line is the one in the README'
for flag in '-fvisibility=hidden -Wl,-z,now -Wl,-z,defs' \
  'pkg-config --cflags vsc-sdk' 'pkg-config --variable=moduledir vsc-sdk'; do
  grep -qF -e "$flag" "$source/sdk/template/README.md"
done

say 'applications: cmake'
cp -R "$prefix/share/vsc-client/examples" "$work/examples"
"$cmake" -S "$work/examples" -B "$work/apps" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_C_COMPILER="$cc" -DCMAKE_BUILD_TYPE=Release >/dev/null
"$cmake" --build "$work/apps"

# No engine runs there: the library is found, and says so.
without_engine() {
  if AES67_RUNTIME_DIR=$work "$@" 2>"$work/said" </dev/null; then
    echo "FAIL $1 ended with 0 without an engine"
    exit 1
  fi
  grep -F 'no engine runs as instance "default"' "$work/said"
}
for name in duplex_feedback feedback; do
  without_engine "$work/apps/$name"
done

say 'applications: one cc line'
for name in duplex_feedback feedback; do
  # shellcheck disable=SC2046
  "$cc" -std=c11 -O2 -Wall -Wextra -Werror "$work/examples/$name.c" \
    $(pkg-config --cflags --libs vsc-client) -o "$work/$name"
  LD_LIBRARY_PATH=$prefix/$libdir without_engine "$work/$name"
done

say 'the application in the README'
# shellcheck disable=SC2016 # Markdown, no command
sed -n '/^```c$/,/^```$/p' "$source/README.md" | grep -v '^```' >"$work/readme.c"
# shellcheck disable=SC2046
"$cc" -std=c11 -O2 -Wall -Wextra -Werror "$work/readme.c" \
  $(pkg-config --cflags --libs vsc-client) -o "$work/readme"
LD_LIBRARY_PATH=$prefix/$libdir without_engine "$work/readme"
grep -qF 'pkg-config --cflags --libs vsc-client' "$source/README.md"
