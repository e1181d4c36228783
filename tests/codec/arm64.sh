#!/bin/sh
# arm64.sh - codec_paths for 64-bit ARM, run by qemu.
# SPDX-License-Identifier: MIT
set -eu
cd "${1:?usage: arm64.sh SOURCE}"
cc=aarch64-linux-gnu-gcc
qemu=qemu-aarch64
for program in $cc $qemu; do
  if ! command -v $program >/dev/null; then
    echo "skipped: no $program"
    exit 77
  fi
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo 'int main(void) { return 0; }' >"$folder/empty.c"
if ! $cc -static -o "$folder/empty" "$folder/empty.c"; then
  echo "skipped: $cc has no C library"
  exit 77
fi
s=modules/shared
$cc -std=c11 -O2 -Wall -Wextra -Wpedantic -Werror -D_POSIX_C_SOURCE=200809L \
  -I. -Isdk/include -static -o "$folder/codec_paths" \
  $s/pcm.c $s/pcm_layout.c $s/pcm_plain.c $s/pcm_neon.c $s/pcm_arm64.c \
  tests/codec/codec_paths.c -lm
unset VSC_LONG # hours
$qemu "$folder/codec_paths"
