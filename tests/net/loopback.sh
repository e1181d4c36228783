#!/usr/bin/env bash
# loopback.sh - an application's outputs are heard by another on the same machine,
# exactly as many frames later as it says; and by itself over another machine that
# sends back what it receives, exactly the sum of the link offsets later; while
# loopbacks come and go beside them.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

link=960 # frames of the 20 ms below

cat >"$folder/left.ini" <<END
include = interop
[stream]
link_offset = 20ms
[receive rx1]
enabled = no
[receive rx2]
enabled = no
[receive rx5]
enabled = no
[receive rx6]
enabled = no
[loopback near]
from = out 1-8
to = in 1-8
[loopback far]
from = out 9-16
to = in 9-16
delay = 1441frames
[loopback without]
from = out 33-40
to = in 33-40
exclude = someone, aes67 play
END
cat >"$folder/right.ini" <<END
include = interop
[engine]
side = b
[stream]
link_offset = 20ms
when = always
[loopback back]
from = in 1-8
to = out 17-24
[loopback later]
from = in 9-16
to = out 25-32
delay = 5ms
END

tells() {
  grep -qF -- "$1" "$folder/err" || fail "not told: $1; but: $(cat "$folder/err")"
}

# hear WORD FIRST SOURCE: a recording of eight channels from FIRST on, compared
# with the noise of those from SOURCE on.
hear() {
  local pipe=$folder/pipe.$1
  mkfifo "$pipe"
  "$tools/noise" compare 8 8 1 "$(seq -s, "$3" $(($3 + 7)))" <"$pipe" \
    >"$folder/heard.$1" &
  listener_pid[$1]=$!
  "$aes67" record --instance a --channels "$2-$(($2 + 7))" --seconds "$seconds" \
    --format s24le - >"$pipe" 2>"$folder/record.$1" </dev/null &
  helpers+=($!)
}

# came WORD DELAY EXPLAINED: what was heard is exact and DELAY frames old, silent
# only where the counters say.
came() {
  local own verdict
  own=$(($(said play.a late) + $(said "record.$1" silent) + $(said "record.$1" late)))
  verdict=$(cat "$folder/heard.$1")
  [ -n "$verdict" ] || fail "$1: nothing was compared"
  judge_stream "$1, stream $verdict" \
    $(($(said "record.$1" position) - $2 - $(said play.a position))) 0 "$3" 0 "$own"
}

# lost INSTANCE NUMBER: frames that its receiver number NUMBER has not played.
lost() { ask "$1" "[.receivers[] | select(.name == \"rx$2\") | .lost_frames + .skipped_frames] | add"; }
late() { ask "$1" ".loopbacks[] | select(.name == \"$2\") | .late_frames"; }

a_cable
engine left a "$folder/left.ini"
engine right b "$folder/right.ini"

say "what is refused"
exits 2 configure --instance a --set "loopback circle.from=in 1-8" --set "loopback circle.to=out 1-8"
tells 'sound would go in a circle: "near" is fed by "circle", that is fed by "near"'
exits 2 configure --instance a --set "loopback near.delay=47frames"
tells 'the least is 48 frames (1ms)'
exits 2 configure --instance a --set "loopback x.from=out 1" --set "loopback x.to=in 24"
tells 'device input 24 is fed by "rx3" already'
exits 1 tone --instance b --channels 32-33 --seconds 1
tells 'output channel 32 is fed by [loopback later]'
[ "$(ask a '[.loopbacks[].name] | join(" ")')" = "near far without" ] ||
  fail "a refused change has changed something"

say "what is heard"
hear near 1 1
hear far 9 9
hear back 17 1
hear later 25 9
hear without 33 33
play a 1
sleep 1
# Others come, change and go meanwhile.
for delay in 1ms 96frames 3ms; do
  exits 0 configure --instance a --set "loopback extra.from=out 17-20" \
    --set "loopback extra.to=in 41-44" --set "loopback extra.delay=$delay"
  exits 0 configure --instance b --set "loopback more.from=in 17-24" \
    --set "loopback more.to=out 41-48" --set "loopback more.delay=$delay"
  sleep 0.5
  exits 0 route show --instance a
  grep -q '^extra  *loopback out 17-20 > in 41-44$' "$folder/out" || fail "no extra"
  [ "$(ask a '.loopbacks[] | select(.name == "extra") | .frames > 0')" = true ] ||
    fail "a loopback that was added does nothing"
  exits 0 configure --instance a --remove "loopback extra"
  exits 0 configure --instance b --remove "loopback more"
done
ask a '.loopbacks[] | "\(.name): \(.state), \(.levels[0]) dBFS, \(.frames) frames, \(.late_frames) late, \(.excluded) excluded"' >&2
[ "$(ask a '.loopbacks[] | select(.name == "near") | .levels | min > -3')" = true ] ||
  fail "full noise has no level: $(ask a .loopbacks)"
for word in near far back later without; do
  heard $word
done
hush a

# All the time that it played: it came second.
[ "$(ask a '.loopbacks[] | select(.name == "without") | .excluded > 48000')" = true ] ||
  fail "nothing was left out: $(ask a .loopbacks)"
read -r _ _ exact _ _ _ wrong _ <"$folder/heard.without"
[ "$exact $wrong" = "0 0" ] || fail "who is left out was heard: $(cat "$folder/heard.without")"
away=$(($(lost a 3) + $(lost a 4) + $(lost b 1) + $(lost b 2) + $(late b back) + $(late b later) + \
  $(ask a '[.senders[].underrun_frames] | add')))
came near 48 "$(late a near)"
came far 1441 "$(late a far)"
came back $((2 * link)) "$away"
came later $((2 * link + 240)) "$away"

say "what is saved"
exits 0 configure --instance a --set "loopback extra.from=out 17-20" --set "loopback extra.to=in 41-44"
stop a
engine left a "$folder/left.ini"
[ "$(ask a '[.loopbacks[].name] | join(" ")')" = "near far without extra" ] ||
  fail "a saved loopback is gone: $(ask a .loopbacks)"
stop a
stop b
