#!/usr/bin/env bash
# rate.sh - an application wishes another rate: a running engine changes to it, or
# says who or what is in the way; nothing of it is kept.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

# asks INSTANCE RATE SECONDS PATTERN: the answer to an application without outputs.
asks() {
  local said
  said=$("$tools/attach" "$1" 1 0 "$2" "$3") || fail "no device"
  # shellcheck disable=SC2053 # a pattern
  [[ $said == $4 ]] || fail "to $2: \"$said\" is not \"$4\""
}

runs_at() { [ "$(ask "$1" .device.rate)" = "$2" ]; }

say "packets would be too large"
engine here a interop --set engine.interface=lo
asks a 96000 0 'refused not at 96000: packet_time: a packet of 8 channels would hold 2304 bytes, the most is 1440*'
asks a 12345 0 'refused not at 12345: *44100*'
asks a 50000 0 'refused not at 50000: *44100 or 48000*'
runs_at a 48000 || fail "the rate has changed"
asks a 48000 0 'active 48000 0'
asks a 44100 0 'changing active 44100 0'
runs_at a 44100 || fail "status says another rate"
stop a

say "somebody else has it open"
engine here b low-latency --set engine.interface=lo
spawn here "$folder/first" "$tools/attach" b 1 2 96000 60
first=$!
helpers+=("$first")
wait_for 100 grep -q . "$folder/first" || fail "no answer"
wait_for 100 grep -q active "$folder/first" || fail "$(cat "$folder/first")"
runs_at b 96000 || fail "status says another rate"
[ "$(ask b '.clients[0].app')" = attach ] || fail "the client is not told"
asks b 48000 0 "refused the device runs at 96000 and \"attach\" (pid $first) has it open"
asks b 0 0 'active 96000 0'
# One that is killed gives back what it had.
kill -9 "$first"
wait "$first" 2>/dev/null || true
sleep 0.3
asks b 44100 0 'changing active 44100 0'

say "it lasts, and is not kept"
"$aes67" configure --set "receive rx1.ttl=3" --instance b
runs_at b 44100 || fail "a change of something else changed the rate"
[ "$(ask b '.receivers[0].link_offset_ns')" = 750000 ] || fail "link offset"
stop b
engine here b low-latency --set engine.interface=lo
runs_at b 48000 || fail "the rate was saved"
asks b 96000 0 'changing active 96000 0'
"$aes67" configure --set "device.rate=44100" --instance b
wait_for 100 runs_at b 44100 || fail "configure does not set the rate any more"
stop b
