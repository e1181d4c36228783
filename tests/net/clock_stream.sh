#!/usr/bin/env bash
# clock_stream.sh - without a grandmaster an engine's clock goes by a stream: at the
# sender's pace, which is 150 ppm fast here, so that what it sends is heard bit by
# bit and is never placed anew; and when the sender has gone the pace is kept.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

a_cable
printf '%s\n' '[engine]' 'interface = 10.1.0.1' '[device]' 'inputs = 8' 'outputs = 8' \
  'headroom = 480' '[stream]' 'when = always' '[send radio]' 'channels = 1-8' \
  'address = 239.69.7.1' >"$folder/sender.ini"
printf '%s\n' '[engine]' 'interface = 10.1.0.2' '[device]' 'inputs = 8' 'outputs = 8' \
  'headroom = 480' '[clock]' 'module = clock-ptp' 'role = slave' 'follow = radio' \
  '[stream]' 'when = always' 'link_offset = 60ms' '[receive radio]' 'channels = 1-8' \
  'address = 239.69.7.1' 'rtp_offset = auto' >"$folder/listener.ini"
STEPPING_PPM=150 LD_PRELOAD=$VSC_BUILD/tests/net/libstepping.so \
  engine left a "$folder/sender.ini"
engine right b "$folder/listener.ini"

goes_by() { [ "$(ask b .clock.goes_by)" = "$1" ]; }
# By so many ppb: the pace is known to two millionths.
is_in_step() {
  ask b '.clock.rate_ppb - 150000' | awk '{ exit !($1 > -2000 && $1 < 2000) }'
}
wait_for 300 goes_by stream || fail "it goes by \"$(ask b .clock.goes_by)\""
wait_for 600 is_in_step || ! is_in_time a || ! is_in_time b ||
  fail "off by $(ask b .clock.rate_ppb) ppb"
say "at $(ask b .clock.rate_ppb) ppb"

anchored=$(ask b '.receivers[0].anchored')
channels=8
play a 1
sleep 1
listen b 1 "$seconds"
heard b
hush a
read -r _ _ exact _ silent _ wrong _ <"$folder/heard.b"
say "$exact exact, $silent silent, $wrong wrong"
[ "$wrong" = 0 ] || fail "$wrong wrong frames"
[ "$exact" -ge "$exact_wanted" ] || fail "only $exact frames are exact"
if is_in_time a && is_in_time b; then
  [ "$(ask b '.receivers[0].anchored')" = "$anchored" ] || fail "it was placed anew"
fi

stop a
is_kept() { ! goes_by stream; }
wait_for 300 is_kept || fail "it still goes by a stream that has gone"
is_in_step || ! is_in_time b || fail "the pace is not kept: $(ask b .clock.rate_ppb) ppb"
[ "$(ask b .clock.generation)" = 1 ] || fail "media time stepped: $("$aes67" clock --instance b)"
stop b
