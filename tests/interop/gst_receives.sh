#!/usr/bin/env bash
# gst_receives.sh - GStreamer is given what "aes67 sdp show" prints and hears our
# eight channels bit by bit, at 250 us and at 1 ms.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/interop/peers.sh
source "$(dirname "$0")/peers.sh"
need gst-launch-1.0 gst-inspect-1.0

for element in udpsrc rtpjitterbuffer rtpL24pay rtpL24depay audioconvert filesink; do
  gst-inspect-1.0 --exists "$element" || skip "GStreamer has no \"$element\""
done

# of SDP KEY PATTERN: what the pattern catches behind the first KEY=.
of() { tr -d '\r' <"$1" | sed -n "s|^$2=$3.*|\1|p" | head -n 1; }

# The elements that read an SDP. Where the plugin with sdpdemux is not there, the
# same by hand.
from_sdp() {
  if gst-inspect-1.0 --exists sdpdemux; then
    printf '%s\n' filesrc "location=$1" ! sdpdemux latency=100
  else
    printf '%s\n' udpsrc "address=$(of "$1" c 'IN IP4 \([0-9.]*\)')" \
      "port=$(of "$1" m 'audio \([0-9]*\)')" multicast-iface=vb \
      buffer-size=4000000 \
      "caps=application/x-rtp,media=audio,$(
        of "$1" a 'rtpmap:[0-9]* \([A-Z0-9]*/[0-9]*/[0-9]*\)' |
          sed 's|\(.*\)/\(.*\)/\(.*\)|encoding-name=\1,clock-rate=\2,channels=\3|'
      ),payload=$(of "$1" a 'rtpmap:\([0-9]*\)')" ! rtpjitterbuffer latency=100
  fi
}

# shellcheck disable=SC2317 # we_send calls it
gst_hears() {
  local source
  mapfile -t source < <(from_sdp "$1")
  # SIGINT is a gst-launch's end of stream.
  on right timeout --signal=INT --kill-after=5 "$((listen_seconds + 2))" \
    gst-launch-1.0 -e -q "${source[@]}" ! \
    rtpL24depay ! audioconvert ! audio/x-raw,format=S24LE ! \
    filesink location="$2" >"$folder/gst.log" 2>&1 ||
    [ $? = 124 ] || fail "gst-launch-1.0 ended with $?"
}

order=$(order_of_gst)
say "eight channels sorted by GStreamer: $order"
we_send low-latency gst_hears "$order"
we_send interop gst_hears "$order"
