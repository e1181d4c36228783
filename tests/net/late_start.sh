#!/usr/bin/env bash
# late_start.sh - an engine is killed and started again, first the sender, then
# the receiver, while the application on the other side goes on: what is heard
# after that is exact again and in its place, and nothing is ever wrong.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

a_cable
left=(left a interop --set stream.link_offset=20ms)
right=(right b interop --side b --set stream.link_offset=20ms)

crash() {
  kill -9 "${engine_pid[$1]}"
  wait "${engine_pid[$1]}" 2>/dev/null || true
  sleep 1
}

# resumed NAME: what was heard is never wrong, and something is exact. Where in
# time the applications go on is theirs to choose.
resumed() {
  local lines line exact wrong
  mapfile -t lines <"$folder/heard.$1"
  for line in "${lines[@]}"; do
    read -r _ _ exact _ _ _ wrong _ <<<"$line"
    say "stream ${line%% *}: $exact exact, $wrong wrong"
    [ "$wrong" = 0 ] || fail "wrong frames: $line"
    [ "$exact" -ge "$exact_wanted" ] || fail "only $exact frames are exact"
  done
  [ ${#lines[@]} = 8 ] || fail "nothing was compared"
}

engine "${left[@]}"
engine "${right[@]}"
play a 1

for who in left right; do
  say "the engine on the $who dies"
  manner=search listen b 1 8
  sleep 3
  if [ $who = left ]; then
    crash a
    engine "${left[@]}"
  else
    crash b
    engine "${right[@]}"
  fi
  sleep 1
  manner=search listen b.after 1 2
  heard b.after
  heard b
  resumed b
  resumed b.after
done
kill -0 "${player_pid[a]}" || fail "play has ended: $(cat "$folder/play.a")"
hush a
stop a
stop b
