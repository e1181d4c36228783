#!/usr/bin/env bash
# gst_sends.sh - we hear GStreamer bit by bit: eight channels in 1 ms packets,
# whose time stamps begin anywhere.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/interop/peers.sh
source "$(dirname "$0")/peers.sh"
need gst-launch-1.0 gst-inspect-1.0

for element in filesrc queue rawaudioparse rtpL24pay udpsink; do
  gst-inspect-1.0 --exists "$element" || skip "GStreamer has no \"$element\""
done

# A packet's bytes at a time (the queue forbids the parser to ask for more): what
# comes in one piece leaves in one burst. Eight channels without a meaning, or the
# payloader sorts them as loudspeakers.
# shellcheck disable=SC2317 # they_send calls it
gst_says() {
  local n
  for ((n = 0; n < 40; n++)); do
    cat "$1"
  done >"$folder/long.raw"
  spawn right "$folder/gst.log" gst-launch-1.0 -q \
    filesrc location="$folder/long.raw" blocksize=1152 ! queue ! \
    "audio/x-raw,format=S24LE,layout=interleaved,rate=$rate,channels=8,channel-mask=(bitmask)0" ! \
    rawaudioparse use-sink-caps=true ! audioconvert ! \
    rtpL24pay pt=98 min-ptime=1000000 max-ptime=1000000 ! \
    udpsink host="$2" port=5004 multicast-iface=vb ttl-mc=32 qos-dscp=34
  helpers+=($!)
}

they_send 8 239.69.7.3 gst_says
