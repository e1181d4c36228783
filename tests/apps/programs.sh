#!/usr/bin/env bash
# programs.sh - sox and ffmpeg play on the device and record from it, bit by bit.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need sox rec play ffmpeg

engine here a "$folder/mirror.ini"
sox -t raw -r "$rate" -e signed -b 24 -c 2 "$(noise 2 5)" "$folder/noise.wav"

say "sox"
export AUDIODRIVER=alsa AUDIODEV=aes67
loop "command play -q $folder/noise.wav" \
  "rec -q -c 2 -r $rate -b 32 $folder/heard.wav trim 0 4"
sox "$folder/heard.wav" -t raw -e signed -b 24 "$folder/heard.raw"
is_exact "$folder/heard.raw" 2 search

say "ffmpeg"
ffmpeg="ffmpeg -nostdin -loglevel error -y"
loop "$ffmpeg -i $folder/noise.wav -c:a pcm_s32le -f alsa aes67" \
  "$ffmpeg -f alsa -channels 2 -sample_rate $rate -c:a pcm_s32le -t 4 -i aes67 -c:a pcm_s24le -f s24le $folder/heard.raw"
is_exact "$folder/heard.raw" 2 search
stop a
