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
told engine_away aplay -D aes67 -f S32_LE -c 2 "${raw[@]}" "${zeros[@]}"
# Who has it open goes on to the end; what it hears is silence.
wait "$recorder" || fail "the recorder ended with $?"
wait "$player" || fail "the player ended with $?"
[ "$(stat -c %s "$folder/heard.raw")" = $((10 * rate * 6)) ] ||
  fail "not 10 s: $(stat -c %s "$folder/heard.raw") bytes"
sounds() { "$@" "$folder/heard.raw" | tr -d '\0' | wc -c; }
[ "$(sounds head -c $((4 * rate * 6)))" -gt $((rate * 3)) ] || fail "nothing was heard"
[ "$(sounds tail -c $((rate * 6)))" = 0 ] || fail "old sound from a dead engine"
