#!/usr/bin/env bash
# ffmpeg_sends.sh - we hear ffmpeg bit by bit: a sender whose packets have 48 and 16
# frames by turns, whose time stamps begin anywhere and whose clock is its own.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/interop/peers.sh
source "$(dirname "$0")/peers.sh"
need ffmpeg

# "-re" would send what it has read at once, 85 ms of it: the filter paces.
# shellcheck disable=SC2317 # they_send calls it
ffmpeg_says() {
  spawn right "$folder/ffmpeg.log" ffmpeg -nostdin -loglevel warning \
    -stream_loop -1 -f s24le -ar "$rate" -ac 2 -i "$1" \
    -af asetnsamples=n=64:p=0,arealtime -c:a pcm_s24be \
    -f rtp -payload_type 97 \
    "rtp://$2:5004?ttl=16&pkt_size=300&localaddr=10.1.0.2"
  helpers+=($!)
}

they_send 2 239.69.7.1 ffmpeg_says
