#!/usr/bin/env bash
# speaker.sh - what a room costs: the profile speaker while it plays to a card (JACK's
# without hardware), engine and bridge: instructions for a second of audio (by
# callgrind), memory, share of a processor. In a network namespace
# (tests/net/in-namespace).
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/../apps/alsa.sh"
# shellcheck source=tests/apps/jack_card.sh
source "$(dirname "$0")/../apps/jack_card.sh"
time_s=30

engine here a "$folder/mirror.ini"
"$aes67" publish speaker --channels 1-2 >/dev/null
"$aes67" tone --channels 1-2 --quiet 2>"$folder/tone.log" &
helpers+=("$!")
room() {
  engine here "$1" speaker --set engine.interface=lo --set clock.module=clock-system \
    --set "bridge speaker.device=speaker"
  wait_for 900 plays "$1" || fail "nothing plays: $("$aes67" status --instance "$1")"
}
plays() {
  [[ $(ask "$1" '.receivers[0].state + " " + .bridges[0].state') == \
    "playing "@(settling|running) ]]
}
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
# Resident, and of it what nobody else has or its share of it.
memory() { awk '/^Rss/ { r = $2 } /^Pss:/ { p = $2 } END { print r / 1024, p / 1024 }' "/proc/$1/smaps_rollup"; }

room kitchen
bridge=$(ask kitchen '.bridges[0].pid')
sleep 5
before="$(ticks "${engine_pid[kitchen]}") $(ticks "$bridge")"
sleep "$time_s"
after="$(ticks "${engine_pid[kitchen]}") $(ticks "$bridge")"
read -r -a b <<<"$before"
read -r -a a <<<"$after"
printf 'load %s, %s processors; %s frames/s\n' "$(cut -d' ' -f1 /proc/loadavg)" "$(nproc)" "$rate"
n=0
for pid in "${engine_pid[kitchen]}" "$bridge"; do
  read -r rss share <<<"$(memory "$pid")"
  printf '%s: %s %% of a processor, RSS %.1f MiB, PSS %.1f MiB\n' \
    "$([ "$n" = 0 ] && echo engine || echo bridge)" \
    "$(awk "BEGIN { print (${a[n]} - ${b[n]}) / $time_s }")" "$rss" "$share"
  n=$((n + 1))
done
stop kitchen

if ! command -v valgrind >/dev/null; then
  say "no valgrind: no instructions are counted"
  exit 0
fi
# counted WORD COMMAND...: for some seconds in callgrind; less what it takes to begin.
# Where it is slower than the sound, that is for a second of time.
counted() {
  local word=$1 seconds n=()
  shift
  for seconds in 10 30; do
    timeout -s INT "$seconds" valgrind --tool=callgrind --callgrind-out-file=/dev/null \
      "$@" >"$folder/callgrind.$word" 2>&1 </dev/null || true
    n+=("$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$folder/callgrind.$word")")
  done
  [ -n "${n[1]:-}" ] || fail "$(cat "$folder/callgrind.$word")"
  printf '%s: %.1f million instructions a second, in callgrind\n' "$word" \
    "$(awk "BEGIN { print (${n[1]} - ${n[0]}) / 20 / 1e6 }")"
}
cat >"$folder/group.ini" <<END
include = speaker
[engine]
interface = lo
[bridge speaker]
enabled = no
[receive main]
session =
address = $("$aes67" status --json --instance a | jq -r '.senders[] |
  select(.name == "speaker") | .address | split(":")[0]')
END
counted engine "$aes67" run "$folder/group.ini" --instance counted --set clock.module=clock-system
counted bridge "$aes67" bridge play speaker --instance a
