#!/usr/bin/env bash
# pipewire_survives.sh - engines that die under a recording pw-record, a device
# that changes its rate, and a PipeWire that is started again: the bridge stays,
# programs stay, and the right frames come back. Nothing linked: no work.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/graph.sh
source "$(dirname "$0")/graph.sh"

times=20
engine here a "$folder/mirror.ini"
pipewire_starts
bridge_starts a

clients() { "$aes67" status --json --instance a | jq -r '.clients | length' || true; }
is_idle() { [ "$(clients)" = 0 ]; }

# ticks PID: processor time so far, in hundredths.
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

say "nothing linked: nobody has the device, and it costs next to nothing"
wait_for 100 is_idle || fail "$(clients) have the device open"
before=$(ticks "$bridge_pid")
sleep 5
spent=$(($(ticks "$bridge_pid") - before))
say "  $spent hundredths of a second in 5 s"
[ "$spent" -le 5 ] || fail "it works although nothing is linked"

say "the engine is killed $times times"
recorder heard aes67.a.in 2
player played aes67.a.out "$(noise_wav 2 120)" 2
has_sound() {
  [ "$(ask a '[.receivers[0].packets] | add')" -gt 400 ]
}
for ((n = 0; n < times; n++)); do
  wait_for 60 has_sound || fail "no sound after $n times"
  sleep "0.$((n % 5))"
  kill -9 "${engine_pid[a]}"
  wait "${engine_pid[a]}" 2>/dev/null || true
  sleep "0.$((n % 3))"
  engine here a "$folder/mirror.ini"
done
wait_for 60 has_sound || fail "no sound at the end"
sleep 1
kill -0 "${player_pid[played]}" || fail "pw-play has ended"
kill -0 "$bridge_pid" || fail "the bridge has ended"
recorded heard 2 "$exact_wanted"
kill "${player_pid[played]}"
wait "${player_pid[played]}" || true
unset "player_pid[played]"

say "a program hangs: the others go on"
recorder hung aes67.a.in 2
kill -STOP "${player_pid[hung]}"
pw-record --target aes67.a.in --channels 2 --format f32 --rate "$rate" \
  "$folder/heard.wav" >"$folder/heard.log" 2>&1 &
player_pid[heard]=$!
sleep 1
player played aes67.a.out "$(noise_wav 2 3)" 2
wait "${player_pid[played]}" || fail "pw-play ended with $?"
unset "player_pid[played]"
kill -CONT "${player_pid[hung]}"
recorded heard 2 "$exact_wanted"
recorded hung 2 1

say "the device at 96000"
stop a
engine here a "$folder/mirror.ini" --set device.rate=96000
has_rate() {
  pw-dump 2>/dev/null | jq -e --arg rate "1/$1" 'any(.[]; .info.props["node.name"] == "aes67.a.in"
    and .info.props["node.rate"] == $rate)' >/dev/null
}
wait_for 100 has_rate 96000 || fail "the nodes do not follow: $(tail -n 3 "$folder/bridge.a.log")"
rate=96000
recorder heard aes67.a.in 2
player played aes67.a.out "$(noise_wav 2 6)" 2
wait "${player_pid[played]}" || fail "pw-play ended with $?"
unset "player_pid[played]"
recorded heard 2 "$exact_wanted"
rate=48000
stop a
engine here a "$folder/mirror.ini"
wait_for 100 has_rate 48000 || fail "the nodes do not come back to 48000"

say "PipeWire is started again"
pipewire_ends
wait_for 50 grep -q 'PipeWire has gone' "$folder/bridge.a.log" ||
  fail "it does not notice"
pipewire_starts
wait_for 100 has_ports a || fail "it does not come back"
kill -0 "$bridge_pid" || fail "the bridge has ended"
recorder heard aes67.a.in 2
player played aes67.a.out "$(noise_wav 2 4)" 2
wait "${player_pid[played]}" || fail "pw-play ended with $?"
unset "player_pid[played]"
recorded heard 2 "$exact_wanted"

kill "$bridge_pid"
code=0
wait "$bridge_pid" || code=$?
[ "$code" = 0 ] || fail "the bridge ended with $code"
wait_for 50 is_idle || fail "it has left something behind"
stop a
