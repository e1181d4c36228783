#!/usr/bin/env bash
# ecasound.sh - ecasound plays on one engine's device and records from another's,
# 2 and 8 channels, bit by bit.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need ecasound sox

two_engines
for channels in 2 8; do
  say "$channels channels"
  sox -t raw -r "$rate" -e signed -b 24 -c "$channels" "$(noise "$channels" 5)" \
    -t raw -b 32 "$folder/noise32.raw"
  ecasound="ecasound -D -b:1024 -f:s32_le,$channels,$rate"
  between a b "$ecasound -i $folder/noise32.raw -o alsa,aes67:a" \
    "$ecasound -t:4 -i alsa,aes67:b -o $folder/heard32.raw"
  sox -t raw -r "$rate" -e signed -b 32 -c "$channels" "$folder/heard32.raw" \
    -t raw -b 24 "$folder/heard.raw"
  is_sound "$folder/heard.raw" "$channels" search
done
stop a
stop b
