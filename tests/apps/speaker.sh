#!/usr/bin/env bash
# speaker.sh - two commands: one engine publishes a session "speaker", and the
# profile speaker finds it and plays it on a card; the unit's own command line, too.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
# shellcheck source=tests/apps/jack_card.sh
source "$(dirname "$0")/jack_card.sh"

engine here a "$folder/mirror.ini"

# As systemd has it, but for its variables and the network.
unit=$VSC_SOURCE/packaging/systemd/aes67-speaker@.service
line=$(sed -n "s|^ExecStart=@AES67@ run ||p" "$unit")
AES67_SESSION=speaker AES67_CARD=speaker AES67_OPTIONS='--set engine.interface=lo'
words=()
eval "words=(${line//%i/kitchen})"
: "$AES67_SESSION" "$AES67_CARD" "$AES67_OPTIONS"
spawn here "$folder/kitchen.log" "$aes67" run "${words[@]}" \
  --set clock.module=clock-system
engine_pid[kitchen]=$!
wait_for 100 is_ready kitchen || fail "the speaker does not start"

# Only now, so that the first announcement is heard.
"$aes67" publish speaker --channels 1-2 >"$folder/publish.log" 2>&1 ||
  fail "$(cat "$folder/publish.log")"
"$aes67" tone --channels 1-2 --quiet 2>"$folder/tone.log" &
helpers+=("$!")

plays_now() {
  [[ $(ask kitchen '.receivers[0].state + " " + .bridges[0].state') == \
    "playing "@(settling|running) ]]
}
# It may have missed an announcement, and they come every half a minute.
wait_for 600 plays_now ||
  fail "nothing plays: $("$aes67" status --instance kitchen)"
before=$(ask kitchen '.bridges[0].frames')
sleep 2
after=$(ask kitchen '.bridges[0].frames')
[ "$after" -gt "$before" ] || fail "the card gets nothing"
say "$("$aes67" status --instance kitchen || true)"
stop kitchen
