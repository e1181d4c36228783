#!/usr/bin/env bash
# survival.sh - an engine is killed 20 times under arecord and aplay, and 20 times
# under jackd with a recorder and with Ardour: none of them ends, nothing they hear
# or play is wrong, and right frames resume.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need jq sox arecord aplay

times=20

# die: engine a, at once, and the next one is there.
die() {
  kill -9 "${engine_pid[a]}"
  wait "${engine_pid[a]}" 2>/dev/null || true
  sleep "0.$((RANDOM % 3 + 1))"
  engine left a interop --set "stream.link_offset=${link_offset_ms}ms"
  sleep 0.4
}

# survive PID...: they do.
survive() {
  local n pid
  for ((n = 1; n <= times; n++)); do
    die
    for pid in "$@"; do
      kill -0 "$pid" 2>/dev/null || fail "a program ended with the engine's death $n"
    done
  done
}

# is_right NAME FILE CHANNELS XRUNS: nothing in it is wrong, all of it lies where it
# belongs but for the restarts after so many xruns, and its last second sounds.
is_right() {
  local line exact silent wrong alignments group=$3
  [ "$3" -lt 8 ] || group=8
  "$tools/noise" search "$3" "$group" 1 <"$2" >"$folder/verdict"
  while read -r line; do
    read -r _ _ exact _ silent _ wrong _ _ _ _ _ _ _ alignments _ <<<"$line"
    say "  $1: $exact exact, $silent silent, $wrong wrong, $alignments places, $4 xruns"
    [ "$wrong" = 0 ] || fail "$1: wrong frames: $line"
    [ "$alignments" -le $((1 + $4)) ] || fail "$1: the sound moved: $line"
  done <"$folder/verdict"
  tail -c "$((rate * $3 * 3))" "$2" | "$tools/noise" search "$3" "$group" 1 >"$folder/verdict"
  has_heard "$folder/verdict"
}

# xruns LOG...: that programs of ALSA told.
xruns() { cat "$@" | grep -c 'overrun!\|underrun!' || true; }

two_engines
play b 1
say "aplay and arecord"
raw=(-q -f S24_3LE -t raw -r "$rate")
aplay "${raw[@]}" -D aes67:a -c 2 "$(noise 2 120)" >"$folder/aplay.log" 2>&1 </dev/null &
player=$!
arecord "${raw[@]}" -D aes67:a -c 64 "$folder/a.raw" >"$folder/arecord.log" 2>&1 </dev/null &
recorder=$!
arecord "${raw[@]}" -D aes67:b -c 2 "$folder/b.raw" >"$folder/arecord-b.log" 2>&1 </dev/null &
witness=$!
helpers+=("$player" "$recorder" "$witness")
sleep 1
survive "$player" "$recorder" "$witness"
sleep 1.5
kill -INT "$recorder" "$witness" "$player"
wait "$recorder" "$witness" "$player" 2>/dev/null || true
is_right arecord "$folder/a.raw" 64 "$(xruns "$folder/arecord.log")"
is_right aplay "$folder/b.raw" 2 "$(xruns "$folder/aplay.log" "$folder/arecord-b.log")"
rm "$folder/a.raw" "$folder/b.raw"

# With 64 ms in its buffers jackd has an xrun before anybody knows that the engine is
# away, and goes on from there.
say "jackd, a recorder, and Ardour"
command -v jackd >/dev/null || skip "there is no jackd: not with it"
need jack_lsp jack_connect jack_rec
# shellcheck source=tests/apps/ardour_rig.sh
source "$(dirname "$0")/ardour_rig.sh"
jack a 1024
start_ardour
late=$(jack_xruns)
mapfile -t ports < <(seq -f 'system:capture_%g' 64)
jack_rec -f "$folder/rec.wav" -d 300 -b 32 "${ports[@]}" >"$folder/rec.log" 2>&1 </dev/null &
recorder=$!
helpers+=("$recorder")
order record recording
survive "$jackd_pid" "$ardour_pid" "$recorder"
sleep 1.5
late=$(($(jack_xruns) - late))
order stop stopped
kill -INT "$recorder"
wait "$recorder" || true
end_ardour
stop_jack
hush b
sox -V1 "$folder/rec.wav" -t raw -e signed -b 24 "$folder/rec.raw" trim 0.5
recorded >"$folder/ardour.raw"
is_right jack_rec "$folder/rec.raw" 64 "$late"
is_right Ardour "$folder/ardour.raw" 64 "$late"
stop a
stop b
