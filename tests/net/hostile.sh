#!/usr/bin/env bash
# hostile.sh - while 64 channels play, a third machine floods their groups with
# broken packets, giants, and 50,000 a second that look right: no frame is wrong,
# every intruder is counted, and the engine answers.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

on_a_switch left right evil

# A machine that stalls longer than a sender may be silent lets another sender in,
# and rightly so: then the attempt says nothing.
has_stalled() {
  [ "$(ask b '.audio.lateness_ns.max')" -gt 150000000 ] ||
    [ "$(ask a '.audio.lateness_ns.max')" -gt 150000000 ]
}

# flood LOOK SECONDS PER_SECOND STREAM...: to these streams' groups.
flood() {
  local look=$1 stream
  for stream in "${@:4}"; do
    on evil "$tools/flood" "$look" 10.1.0.3 "239.69.1.$stream" 5004 "$2" "$3" \
      >>"$folder/flooded.$look" 2>&1 &
    helpers+=($!)
  done
}

answers() {
  local began ended
  began=$(date +%s%N)
  timeout 5 "$aes67" status --instance b >/dev/null 2>&1 || [ $? = 3 ] ||
    fail "no answer from the engine: $1"
  ended=$(date +%s%N)
  [ $((ended - began)) -lt 2000000000 ] || fail "an answer took $(((ended - began) / 1000000)) ms: $1"
}

attack() {
  listen b 1 "$((seconds + 2))"
  play a 1
  sleep 2
  flood wrong $((seconds - 4)) 4000 1 2 3
  flood giant $((seconds - 4)) 200 2 4
  sleep 1
  answers "broken packets"
  # A storm on two of the groups.
  flood right $((seconds - 6)) 25000 5 6
  sleep 2
  answers "a storm"
  heard b
}

for attempt in 1 2 3; do
  engine left a low-latency --set stream.link_offset=20ms
  engine right b low-latency --side b --set stream.link_offset=20ms
  attack
  if has_stalled && grep -qv 'wrong 0' "$folder/heard.b" && [ "$attempt" -lt 3 ]; then
    say "the machine stalled; once more"
    hush a
    stop a
    stop b
    continue
  fi
  break
done
answers "afterwards"
ask b '.receivers[]' >"$folder/flooded.stats"
listen b.after 1 3
heard b.after
hush a
judge a b 0 # a storm takes the time of the machine, not only ours
judge a b.after 50

counter() { jq -s ".[$(($1 - 1))].$2" "$folder/flooded.stats"; }
for stream in 1 2 3; do
  [ "$(counter $stream malformed)" -gt 1000 ] ||
    fail "stream $stream: malformed is $(counter $stream malformed)"
done
for stream in 2 4; do
  [ "$(counter $stream malformed)" -gt 100 ] ||
    fail "stream $stream: giants: malformed is $(counter $stream malformed)"
done
# An engine that was stopped for 250 ms takes the storm for the sender, and the
# sender for foreign, as it should.
least=10000
{ is_in_time a && is_in_time b; } || least=100
for stream in 5 6; do
  say "stream $stream: foreign $(counter $stream foreign)"
  [ "$(counter $stream foreign)" -gt "$least" ] ||
    fail "stream $stream: foreign is $(counter $stream foreign)"
done
for stream in 7 8; do
  [ "$(counter $stream malformed)$(counter $stream foreign)" = 00 ] ||
    fail "stream $stream counts what was sent to others"
done
awk '{ n += $1 } END { exit !(n > 80000) }' "$folder/flooded.right" ||
  fail "the storm was none: $(cat "$folder/flooded.right")"
stop a
stop b
