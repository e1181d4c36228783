#!/usr/bin/env bash
# feedback.sh - the examples of <vsc/client.h> on one machine send back what the
# other plays: through duplex_feedback no frame is wrong, and each comes exactly
# two link offsets and what the example said later; through feedback it comes.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

examples=$VSC_BUILD/sdk/examples
mkfifo "$folder/enter"

# begin EXAMPLE: it runs on b until "enter".
begin() {
  : >"$folder/$1.log"
  "$examples/$1" b <"$folder/enter" >"$folder/said.$1" 2>"$folder/$1.log" &
  example=$!
  helpers+=("$example")
  exec 7>"$folder/enter"
  wait_for 50 grep -q 'Enter ends it' "$folder/$1.log" || fail "$1 does not start"
}

enter() {
  echo >&7
  exec 7>&-
  wait "$example" || fail "$1 ended with $?"
  say "$1: $(cat "$folder/said.$1")"
}

# most INSTANCE FILTER: of all streams.
most() { ask "$1" "[$2] | max"; }

a_cable
# An ordinary user's engine and application may stall: here it is exactness that
# counts. Without headroom a callback is sometimes overtaken by the sender in the
# middle of its frames.
engine left a low-latency --set stream.link_offset=20ms
engine right b low-latency --side b --set stream.link_offset=20ms \
  --set device.headroom=960

begin duplex_feedback
listen a 1 "$seconds"
play a 1
heard a
hush a
enter duplex_feedback
distance=$(sed -n 's/.*each played \([0-9]*\) frames.*/\1/p' \
  "$folder/duplex_feedback.log")
link=$(ask b '.receivers[0].link_offset_ns * 48 / 1000000 + 0.5 | floor')
detour=$((distance + link))
# shellcheck disable=SC2034 # judge adds it to what is explained
detour_silent=$(($(most b '.receivers[] | .lost_frames + .skipped_frames') + \
  $(most b '.senders[].underrun_frames') + \
  $(said said.duplex_feedback missed) + \
  $(said said.duplex_feedback silent) + \
  $(said said.duplex_feedback late)))
is_in_time b || fast=0
judge a a "${fast:-50}"
say "detour: $detour frames"

begin feedback
manner=search listen a 1 3
play a 1
heard a
hush a
enter feedback
read -r _ _ exact _ silent _ wrong _ <"$folder/heard.a"
say "through two streams and a ring: $exact exact, $silent silent, $wrong wrong"
[ "$exact" -ge "$exact_wanted" ] || fail "only $exact frames are exact"
stop a
stop b
