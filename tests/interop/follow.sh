#!/usr/bin/env bash
# follow.sh - ffmpeg and GStreamer send a tone as their own clocks go, the one a
# hundred millionths fast, and are followed: both tones are heard, without a click in
# any second in which nothing was late. An hour with VSC_LONG=1.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/interop/peers.sh
source "$(dirname "$0")/peers.sh"
need ffmpeg gst-launch-1.0
listen_seconds=20
[ -z "${VSC_LONG:-}" ] || listen_seconds=3600

cat >"$folder/follow.ini" <<'INI'
[engine]
interface = 10.1.0.1
[device]
inputs = 4
outputs = 0
ring = 65536
headroom = 4800
[stream]
follow = stream
link_offset = 300ms
when = always
[receive ffmpeg]
channels = 1-2
address = 239.69.7.1
[receive gst]
channels = 3-4
address = 239.69.7.2
INI
engine left a "$folder/follow.ini"

# Packets leave in bursts of 21 ms, from a loop that sleeps 10 ms.
spawn right "$folder/ffmpeg.log" ffmpeg -nostdin -loglevel warning \
  -readrate 1.0001 -f lavfi -i 'aevalsrc=0.5*sin(2*PI*997*t)|0.5*sin(2*PI*997*t):s=48000' \
  -c:a pcm_s24be -f rtp -payload_type 97 \
  'rtp://239.69.7.1:5004?ttl=16&pkt_size=300&localaddr=10.1.0.2'
helpers+=($!)
spawn right "$folder/gst.log" gst-launch-1.0 -q \
  audiotestsrc is-live=true freq=997 volume=0.5 samplesperbuffer=480 ! \
  audio/x-raw,format=F64LE,rate=48000,channels=2 ! audioconvert ! \
  rtpL24pay pt=98 min-ptime=1000000 max-ptime=1000000 ! \
  udpsink host=239.69.7.2 port=5004 multicast-iface=vb ttl-mc=32
helpers+=($!)

states() { ask a '[.receivers[].follow.state] | join(" ")'; }
are_heard() {
  case "$(states)" in
    *seek* | *miss*) return 1 ;;
  esac
}
wait_for 300 are_heard || fail "they are not followed: $(states)"
sleep 2

# What explains a break: packets that did not come in time, or a reader that did not.
counted() {
  ask a '[(.receivers[] | .lost + .early + .skipped + .realigned + .follow.jumps),
    (.clients[] | .late_frames + .underruns + .overruns + .xruns)] | add'
}
# watch: a line "TIME COUNT" every half a second, until it is killed.
watch() {
  local count
  while :; do
    ! count=$(counted) || printf '%s %s\n' "$(date +%s)" "$count"
    sleep 0.5
  done >"$folder/counts"
}
# hear: the seconds with a break while nothing was counted for three seconds.
hear() {
  watch &
  local watcher=$!
  "$aes67" record --instance a --seconds "$listen_seconds" --format s24le \
    --channels 1-4 - 2>"$folder/record.log" |
    "$VSC_BUILD/tests/interop/tone_clicks" 4 997 >"$folder/heard" ||
    [ $? = 3 ] || fail "record: $(cat "$folder/record.log")"
  sleep 3
  kill "$watcher"
  awk 'FILENAME == ARGV[1] {
      for (s = last - 3; FNR > 1 && $2 != count && s <= $1 + 3; s++) counted[s] = 1
      last = $1
      count = $2
    }
    FILENAME == ARGV[2] && $1 == "break" && !($3 in counted) { print $2 }
  ' "$folder/counts" "$folder/heard"
}

unexplained=$(hear)
ask a '.receivers[] | "  \(.name): \(.follow.state), drift \(.follow.ppm) ppm," +
  " \(.follow.jumps) jumps, \(.packets) packets, \(.lost) lost," +
  " margin \(.margin_ns.min / 1e6) ms"' >&2
say "$(grep frames "$folder/heard" | sed 's/^/  /')"
say "  $(tail -n 1 "$folder/record.log");" \
  "$(awk '/break/ { print $2 }' "$folder/heard" | sort -u | wc -l) seconds have a break"
[ -z "$unexplained" ] || fail "breaks that nothing explains, in second" "$unexplained"
# Of a channel without one whole second there is nothing to judge.
heard=$(awk '/frames/ && $8 > -300 { n++ } END { print n + 0 }' "$folder/heard")
[ "$heard" = 4 ] || ! is_in_time a || fail "the tone is heard on $heard of 4 channels"
worst=$(awk '/frames/ && (!n++ || $8 > worst) { worst = $8 } END { print worst }' "$folder/heard")
awk "BEGIN { exit !($worst < -80) }" || fail "more than the tone: $worst dB"
