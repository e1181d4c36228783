#!/usr/bin/env bash
# share.sh - several applications play on the same outputs, others hear: one alone
# is bit-identical, several are summed, one that is killed leaves the others exact.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

a_cable
offset=(--set stream.link_offset=20ms)
engine left a interop "${offset[@]}" --set device.share=mix --set device.lanes=3
engine right b interop --side b "${offset[@]}"
[ "$(ask a .device.share)" = mix ] || fail "the device is not shared"

say "one alone"
listen b 1 4
play a 1
sleep 2
[ "$(ask a '.clients[0] | "\(.lane) \(.writes) \(.late_frames >= 0)"')" = "1 1-64 true" ] ||
  fail "the client: $(ask a .clients)"
heard b
hush a
judge a b 50

# player NAME CHANNELS VALUE: a constant on these channels of a.
player() {
  local count=$((${2#*-} - ${2%-*} + 1))
  "$tools/level" write "$count" "$3" >"$folder/level.$1"
  spawn here "$folder/player.$1" "$aes67" play --instance a --loop \
    --format s24le --channels "$2" "$folder/level.$1"
  player_pid[$1]=$!
}

# writers N: so many have a lane.
writers() { [ "$(ask a '[.clients[] | select(.lane > 0) | .lane] | unique | length')" = "$1" ]; }

# recorder NAME: what is heard at b, counted, until "counted".
declare -A recorder_pid=()
recorder() {
  mkfifo "$folder/pipe.$1"
  "$tools/level" count 16 <"$folder/pipe.$1" >"$folder/count.$1" &
  listener_pid[$1]=$!
  "$aes67" record --instance b --channels 1-16 --seconds 100 --format s24le - \
    >"$folder/pipe.$1" 2>"$folder/recorder.$1" </dev/null &
  recorder_pid[$1]=$!
  helpers+=($!)
}

counted() {
  kill -INT "${recorder_pid[$1]}"
  wait "${listener_pid[$1]}"
  unset "listener_pid[$1]"
}

say "three, on 1-8, 5-12 and 11-16"
wait_for 50 writers 0 || fail "the first player is still there"
one=1000000 two=20000 three=300
recorder x
recorder y
player one 1-8 $one
player two 5-12 $two
player three 11-16 $three
wait_for 100 writers 3 || fail "not three writers: $(ask a .clients)"
sleep 1

say "a fourth"
"$tools/level" write 2 5 >"$folder/level.four"
code=0
timeout 10 "$aes67" play --instance a --format s24le --channels 1-2 "$folder/level.four" \
  2>"$folder/four" || code=$?
[ "$code" = 1 ] || fail "a fourth writer of three: exit $code"
grep -q 'all 3 lanes are taken: "aes67 play" (pid [0-9]*), ' "$folder/four" ||
  fail "who has the lanes is not told: $(cat "$folder/four")"

say "one of them is killed"
kill -9 "${player_pid[two]}"
wait_for 100 writers 2 || fail "a dead writer keeps its lane"
player four 9-10 77
wait_for 100 writers 3 || fail "its lane is not given again"
sleep 1
counted x
counted y
hush one
hush three
hush four

# only RECORDER FROM-TO LEVELS LEVELS: these for a while, those perhaps, no others.
only() {
  local channel value rest
  for ((channel = ${2%-*}; channel <= ${2#*-}; channel++)); do
    for value in $3; do
      awk -v c="$channel" -v v="$value" '$1 == c && $2 == v { n = $3 }
        END { exit n + 0 < 480 }' "$folder/count.$1" ||
        fail "channel $channel was not $value: $(cat "$folder/count.$1")"
    done
    rest=$(awk -v c="$channel" -v values=" 0 $3 $4 " \
      '$1 == c && index(values, " " $2 " ") == 0' "$folder/count.$1")
    [ -z "$rest" ] || fail "channel $channel was something else: $rest"
  done
}

# Where two play, one alone may be heard when the other was late.
for who in x y; do
  only $who 1-4 $one ''
  only $who 5-8 "$one $((one + two))" $two
  only $who 9-10 "$two 77" ''
  only $who 11-12 "$three $((two + three))" $two
  only $who 13-16 $three ''
done
[ "$(ask a .device.saturated)" = 0 ] || fail "something saturated"
