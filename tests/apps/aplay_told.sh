#!/usr/bin/env bash
# aplay_told.sh - what aplay is told when it may not, word for word; and that a
# device whose engine goes away is still there, in silence.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need aplay arecord jq

raw=(-t raw -r "$rate")
zeros=(-d 1 /dev/zero)
opens() {
  [ "$("$aes67" status --json --instance a 2>/dev/null | jq '.clients | length')" = "$1" ]
}

say "no engine was ever started"
told no_engine aplay -D aes67 -f S32_LE -c 2 "${raw[@]}" "${zeros[@]}"

engine here a "$folder/mirror.ini"
say "what the device does not have"
told wrong_format aplay -D aes67 -f U8 -c 2 "${raw[@]}" "${zeros[@]}"
told too_many_channels aplay -D aes67 -f S32_LE -c 65 "${raw[@]}" "${zeros[@]}"
told first_channel aplay -D aes67:a,65 -f S32_LE -c 2 "${raw[@]}" "${zeros[@]}"

say "a second writer"
aplay -q -D aes67 -f S24_3LE -c 2 "${raw[@]}" "$(noise 2 15)" 2>/dev/null &
player=$!
helpers+=("$player")
wait_for 100 opens 1 || fail "the first does not open"
told second_writer aplay -D aes67 -f S32_LE -c 2 "${raw[@]}" "${zeros[@]}"

say "the engine is killed"
arecord -q -D aes67 -f S24_3LE -c 2 "${raw[@]}" -d 10 "$folder/heard.raw" 2>/dev/null &
recorder=$!
helpers+=("$recorder")
wait_for 100 opens 2 || fail "the recorder does not open"
sleep 2
kill -9 "${engine_pid[a]}"
wait "${engine_pid[a]}" 2>/dev/null || true
unset "engine_pid[a]"
# While somebody has it open nobody clears it away.
sleep 1
timeout 30 aplay -q -D aes67:a,3 -f S32_LE -c 2 "${raw[@]}" "${zeros[@]}" 2>"$folder/away" ||
  fail "nothing can be played to a device whose engine is away: $(cat "$folder/away")"
# Who has it open goes on to the end; what it hears is silence.
wait "$recorder" || fail "the recorder ended with $?"
wait "$player" || fail "the player ended with $?"
[ "$(stat -c %s "$folder/heard.raw")" = $((10 * rate * 6)) ] ||
  fail "not 10 s: $(stat -c %s "$folder/heard.raw") bytes"
sounds() { "$@" "$folder/heard.raw" | tr -d '\0' | wc -c; }
[ "$(sounds head -c $((4 * rate * 6)))" -gt $((rate * 3)) ] || fail "nothing was heard"
[ "$(sounds tail -c $((rate * 6)))" = 0 ] || fail "old sound from a dead engine"

say "who opens the device while its engine is away hears the next one"
engine here a "$folder/mirror.ini"
arecord -q -D aes67 -f S24_3LE -c 2 "${raw[@]}" -d 1 "$folder/heard.raw" 2>/dev/null &
holder=$!
helpers+=("$holder")
wait_for 100 opens 1 || fail "it does not open"
kill -9 "${engine_pid[a]}"
wait "${engine_pid[a]}" 2>/dev/null || true
unset "engine_pid[a]"
sleep 1
arecord -q -D aes67 -f S24_3LE -c 2 "${raw[@]}" -d 10 "$folder/heard.raw" 2>"$folder/away" &
recorder=$!
helpers+=("$recorder")
sleep 3
engine here a "$folder/mirror.ini"
aplay -q -D aes67 -f S24_3LE -c 2 "${raw[@]}" "$(noise 2 15)" 2>/dev/null &
helpers+=("$!")
wait "$recorder" || fail "the recorder ended with $?: $(cat "$folder/away")"
[ "$(sounds tail -c $((2 * rate * 6)))" -gt $((rate * 3)) ] || fail "nothing was heard"
