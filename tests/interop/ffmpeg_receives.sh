#!/usr/bin/env bash
# ffmpeg_receives.sh - ffmpeg is given what "aes67 sdp show" prints and hears our
# eight channels bit by bit, at 250 us and at 1 ms.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/interop/peers.sh
source "$(dirname "$0")/peers.sh"
need ffmpeg

# shellcheck disable=SC2317 # we_send calls it
ffmpeg_hears() {
  on right timeout 30 ffmpeg -nostdin -loglevel warning -y \
    -protocol_whitelist file,udp,rtp -buffer_size 4000000 -i "$1" \
    -t "$listen_seconds" -c:a pcm_s24le -f s24le "$2" 2>"$folder/ffmpeg.log" ||
    fail "ffmpeg ended with $?"
}

we_send low-latency ffmpeg_hears
we_send interop ffmpeg_hears
