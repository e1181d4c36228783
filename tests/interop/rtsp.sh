#!/usr/bin/env bash
# rtsp.sh - ffmpeg and GStreamer are given nothing but the rtsp:// URL of what we
# publish, set it up, and hear our eight channels bit by bit; tshark takes all
# that was said; and a description on a web server is a stream of ours.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/interop/peers.sh
source "$(dirname "$0")/peers.sh"
need ffmpeg tshark
on left ip route add 224.0.0.0/4 dev va

printf '%s\n' '[engine]' 'interface = auto' '[device]' 'headroom = 480' \
  '[discovery mdns]' 'module = discovery-mdns' \
  '[stream]' 'when = always' 'link_offset = 40ms' >"$folder/plain.ini"
url=rtsp://10.1.0.1:8854/by-name/Name%20%22with%22%20%3Cb%3E

spawn right "$folder/tshark.log" tshark -i vb -f 'tcp port 8854' -w "$folder/rtsp.pcap"
helpers+=($!)
capture=$!
wait_for 50 grep -q 'Capturing' "$folder/tshark.log" || fail "tshark does not capture"
sleep 0.5
engine left a "$folder/plain.ini"
"$aes67" publish 'Name "with" <b>' --instance a --channels 1-8 --quiet
spawn here "$folder/play.log" "$aes67" play --instance a --loop \
  --format s24le --channels 1-8 "$(noise 8)"
player_pid[a]=$!
wait_for 100 has_sent || fail "nothing is sent"

say "ffmpeg plays it"
# shellcheck disable=SC2317 # try calls it
ffmpeg_hears() {
  rm -f "$folder/heard.raw"
  on right timeout 30 ffmpeg -nostdin -loglevel warning -y -buffer_size 4000000 \
    "$@" -i "$url" -t "$listen_seconds" -c:a pcm_s24le -f s24le \
    "$folder/heard.raw" 2>"$folder/ffmpeg.log" || fail "ffmpeg ended with $?"
  is_exact "$folder/heard.raw" 8
}
try ffmpeg_hears
try ffmpeg_hears -rtsp_transport udp_multicast

# shellcheck disable=SC2317 # try calls it
gst_hears() {
  rm -f "$folder/heard.raw"
  on right timeout --signal=INT --kill-after=5 "$((listen_seconds + 4))" \
    gst-launch-1.0 -e -q rtspsrc location="$url" latency=100 ! \
    rtpL24depay ! audioconvert ! audio/x-raw,format=S24LE ! \
    filesink location="$folder/heard.raw" >"$folder/gst.log" 2>&1 ||
    [ $? = 124 ] || fail "gst-launch-1.0 ended with $?"
  is_exact "$folder/heard.raw" 8 "$order"
}
if gst-inspect-1.0 --exists rtspsrc 2>/dev/null &&
  gst-inspect-1.0 --exists rtpL24depay; then
  say "GStreamer plays it"
  order=$(order_of_gst)
  try gst_hears
else
  say "skipped: GStreamer has no rtspsrc"
fi
hush a

say "tshark takes what was said"
stop a
sleep 0.5
kill -INT "$capture"
wait "$capture" 2>/dev/null || true
fields() { tshark -r "$folder/rtsp.pcap" -d tcp.port==8854,rtsp -Y "$1" -T fields "${@:2}" 2>/dev/null; }
[ -z "$(fields '_ws.malformed || sdp.invalid' -e frame.number)" ] ||
  fail "tshark complains of $(fields '_ws.malformed || sdp.invalid' -e _ws.expert.message)"
[ "$(fields 'rtsp.status == 200 && sdp' -e sdp.session_name | sort -u)" = 'Name "with" <b>' ] ||
  fail "the name is $(fields 'rtsp.status == 200' -e sdp.session_name | sort -u)"
for method in DESCRIBE SETUP PLAY TEARDOWN; do
  fields rtsp.request -e rtsp.method | grep -q "^$method" || fail "no $method was seen"
done

say "a description on a web server is a stream"
engine left a "$folder/plain.ini"
engine right b "$folder/plain.ini"
"$aes67" publish web --instance a --channels 1-8 --quiet
mkdir "$folder/www"
"$aes67" sdp show web --instance a >"$folder/www/web.sdp"
if command -v python3 >/dev/null; then
  spawn left "$folder/http.log" python3 -m http.server --bind 10.1.0.1 \
    --directory "$folder/www" 8080
  helpers+=($!)
  "$aes67" subscribe http://10.1.0.1:8080/web.sdp --instance b --channels 1-8 --quiet
  is_playing() { [ "$(ask b '.receivers[0].state')" = playing ]; }
  wait_for 300 is_playing || fail "it says: $(ask b '.receivers[0].reason')"
else
  say "skipped: no python3 to serve it"
fi
