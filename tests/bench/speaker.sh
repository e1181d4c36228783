#!/usr/bin/env bash
# speaker.sh - what a room costs: the profile speaker while it plays to a card (JACK's
# without hardware), engine and bridge: share of a processor, memory, instructions for
# a second of audio (by callgrind). In a network namespace
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
# memory PID...: MiB that are resident, and of them private; pages that they share
# counted once, whoever else has them, too.
memory() {
  local pid maps=()
  for pid in "$@"; do
    cp "/proc/$pid/smaps" "$folder/smaps.$pid"
    maps+=("$folder/smaps.$pid")
  done
  awk '
    # What a mapping shares is the same in both, as far as it goes.
    FNR == 1 { for (m in here) if (here[m] > most[m]) most[m] = here[m]; delete here }
    /^[0-9a-f]+-[0-9a-f]+ / { map = $6 " " $3; next }
    /^Shared_/ { here[map] += $2 }
    /^Private_/ { own += $2 }
    END {
      for (m in here) if (here[m] > most[m]) most[m] = here[m]
      for (m in most) shared += most[m]
      printf "%.1f MiB resident, %.1f MiB of it private\n", (own + shared) / 1024, own / 1024
    }' "${maps[@]}"
}

room kitchen
bridge=$(ask kitchen '.bridges[0].pid')
sleep 5
before="$(cpu_ns "${engine_pid[kitchen]}") $(cpu_ns "$bridge")"
sleep "$time_s"
after="$(cpu_ns "${engine_pid[kitchen]}") $(cpu_ns "$bridge")"
read -r -a b <<<"$before"
read -r -a a <<<"$after"
printf '%s; %s frames/s\n' "$(load_now)" "$rate"
share() { awk "BEGIN { print (${a[$1]} - ${b[$1]}) / $time_s / 1e7 }"; }
printf 'engine: %s %% of a processor, %s\n' "$(share 0)" "$(memory "${engine_pid[kitchen]}")"
printf 'bridge: %s %% of a processor, %s\n' "$(share 1)" "$(memory "$bridge")"
printf 'together: %s\n' "$(memory "${engine_pid[kitchen]}" "$bridge")"
stop kitchen

if ! command -v valgrind >/dev/null; then
  say "no valgrind: no instructions are counted"
  exit 0
fi
# counted WORD COMMAND...: in callgrind, twice, so that what it takes to begin goes
# away; for a second of audio. A bridge says how many frames it moved, for in there
# it is slower than the sound; the engine is not.
counted() {
  local word=$1 log=$folder/callgrind.$1 seconds frames n=() s=()
  shift
  for seconds in 10 30; do
    timeout -s INT "$seconds" valgrind --tool=callgrind --callgrind-out-file=/dev/null \
      "$@" >"$log" 2>&1 </dev/null || true
    n+=("$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$log")")
    frames=$(sed -n 's/.*\b\([0-9][0-9]*\) frames, .*/\1/p' "$log")
    s+=("$(awk "BEGIN { print ${frames:-$((seconds * rate))} / $rate }")")
  done
  [ -n "${n[1]:-}" ] || fail "$(cat "$log")"
  printf '%s: %.1f million instructions a second of audio, of %.1f s in callgrind\n' "$word" \
    "$(awk "BEGIN { print (${n[1]} - ${n[0]}) / (${s[1]} - ${s[0]}) / 1e6 }")" "${s[1]}"
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
