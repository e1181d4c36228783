#!/usr/bin/env bash
# aplay.sh - aplay and arecord through the network, bit by bit: 2 and 64 channels,
# read/write and mmap, long buffers and short periods, each format.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need aplay arecord

engine here a "$folder/mirror.ini"
aplay -L | grep -x aes67 >/dev/null || fail "it is not listed: $(aplay -L)"

raw=(-t raw -r "$rate")
for how in "" -M; do
  for channels in 2 64; do
    say "$channels channels${how:+, mmap}"
    loop "aplay -q $how -D aes67 -f S24_3LE -c $channels ${raw[*]} $(noise "$channels" 5)" \
      "arecord -q $how -D aes67 -f S24_3LE -c $channels ${raw[*]} -d 4 $folder/heard.raw"
    is_exact "$folder/heard.raw" "$channels"
  done
done

say "periods of 128 frames, 8 of them"
loop "aplay -q -D aes67 --period-size=128 --buffer-size=1024 -f S24_3LE -c 2 ${raw[*]} $(noise 2 5)" \
  "arecord -q -D aes67 --period-size=128 --buffer-size=1024 -f S24_3LE -c 2 ${raw[*]} -d 4 $folder/heard.raw"
is_exact "$folder/heard.raw" 2 search

# Longer than the device remembers, shorter than the buffer: silence, not what the
# buffer held before.
say "a recorder that stands still for 0.4 s"
aplay -q -D aes67 -f S24_3LE -c 2 "${raw[@]}" "$(noise 2 7)" 2>"$folder/play.log" &
player=$!
helpers+=("$player")
arecord -q -D aes67 --buffer-size=96000 -f S24_3LE -c 2 "${raw[@]}" -d 6 "$folder/heard.raw" 2>"$folder/record.log" &
recorder=$!
helpers+=("$recorder")
sleep 3
kill -STOP "$recorder"
sleep 0.4
kill -CONT "$recorder"
wait "$recorder" || fail "it recorded with exit $?"
is_exact "$folder/heard.raw" 2
wait "$player" || fail "it played with exit $?"

# The same bytes in another dress: S32 and S24 carry S24_3LE's words.
say "S32, recorded as S24"
sox_raw() { sox -t raw -r "$rate" -e signed -b 24 -c 2 "$1" -t raw -b 32 "$2"; }
if command -v sox >/dev/null; then
  sox_raw "$(noise 2 5)" "$folder/wide.raw"
  loop "aplay -q -D aes67 -f S32_LE -c 2 ${raw[*]} $folder/wide.raw" \
    "arecord -q -D aes67 -f S24_LE -c 2 ${raw[*]} -d 4 $folder/heard24.raw"
  # 24 bits in the low bytes of 32: each fourth byte goes.
  xxd -p -c 4 "$folder/heard24.raw" | cut -c 1-6 | xxd -r -p >"$folder/heard.raw"
  is_exact "$folder/heard.raw" 2
fi

say "an offset of channels"
loop "aplay -q -D aes67:a,9 -f S24_3LE -c 2 ${raw[*]} $(noise 2 5)" \
  "arecord -q -D aes67:a,9 -f S24_3LE -c 2 ${raw[*]} -d 4 $folder/heard.raw"
is_exact "$folder/heard.raw" 2

stop a
