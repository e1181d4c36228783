#!/usr/bin/env bash
# bridge.sh - a tone that goes from the device to a sound card, from the card
# back to the device, and over the network twice, comes back as a tone that
# stays where it is. The card is JACK's without hardware, on its own clock.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
# shellcheck source=tests/apps/jack_card.sh
source "$(dirname "$0")/jack_card.sh"

engine here a "$folder/mirror.ini"
play_tone() {
  "$aes67" tone --frequency 997 --channels 1-2 --quiet 2>"$folder/tone.log" &
  helpers+=("$!")
}
# hear SECONDS FILE: what comes back, beside what was played.
hear() {
  timeout 60 "$aes67" record "$2" --channels 1-3 --format s24le --seconds "$1" \
    2>"$folder/record.log" || [ "$?" = 3 ] || fail "$(cat "$folder/record.log")"
}
fit() { "$tools/../apps/tone_fit" 3 997 <"$1"; }
late() { grep -c XRun "$folder/jackd.log" || true; }
# is_heard SECONDS FILE: half a second of the tone without a break. A card of JACK's
# that was late loses frames, and its clock is known anew only after a while: then it
# is heard again.
is_heard() {
  local attempt
  for attempt in 1 2 3; do
    hear "$1" "$2"
    read -r _ windows _ clean _ longest _ moved <<<"$(fit "$2")"
    say "$clean of $windows windows are the tone, $longest in a row; it moved by $moved frames"
    [ "$longest" -lt 25 ] || return 0
    [ "$(late)" != "$late_at_start" ] || fail "not half a second of the tone"
    say "JACK was late, in attempt $attempt of 3"
  done
  skip "the machine is too busy for JACK"
}
# start_bridges: a speaker and a microphone, and air between them.
start_bridges() {
  late_at_start=$(late)
  "$aes67" bridge play speaker --json >"$folder/play.json" 2>"$folder/play.log" &
  play=$!
  "$aes67" bridge capture mic --channels 3-4 --json >"$folder/capture.json" 2>"$folder/capture.log" &
  capture=$!
  helpers+=("$play" "$capture")
  wait_for 100 has_ports speaker || fail "no speaker: $(cat "$folder/play.log")"
  wait_for 100 has_ports mic || fail "no microphone: $(cat "$folder/capture.log")"
  jack_connect speaker:out_000 mic:in_000
  jack_connect speaker:out_001 mic:in_001
}
end_bridges() {
  kill -INT "$play" "$capture"
  wait "$play" || [ "$?" = 3 ] || fail "$(cat "$folder/play.log")"
  wait "$capture" || [ "$?" = 3 ] || fail "$(cat "$folder/capture.log")"
}

play_tone
start_bridges
sleep 6 # until both know the card's clock
is_heard 8 "$folder/heard.raw"
end_bridges

troubles=$(jq -s 'map(.silent_frames + .card_stops + .jumps) | add' \
  "$folder/play.json" "$folder/capture.json")
say "$(jq -r '"the card is \(.drift_ppm) ppm off, latency \(.latency_ns / 1e6) ms"' "$folder/play.json")"
# A card that stood still has moved, and what was late is heard.
if [ "$troubles" = 0 ] && [ "$(late)" = 0 ] && grep -q ' 0 silent, 0 late' "$folder/record.log"; then
  [ "$clean" = "$windows" ] || fail "clicks that nothing explains"
  awk "BEGIN { exit !($moved < 4) }" || fail "the latency moves"
else
  say "JACK was late $(late) times, the bridges $troubles"
fi

say "the engine is killed, and the next one runs"
start_bridges
sleep 1
kill -9 "${engine_pid[a]}"
wait "${engine_pid[a]}" 2>/dev/null || true
unset "engine_pid[a]"
sleep 1
engine here a "$folder/mirror.ini"
sleep 3 # the tone goes on by itself, and so should they
is_heard 4 "$folder/after.raw"
end_bridges
