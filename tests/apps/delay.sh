#!/usr/bin/env bash
# delay.sh - snd_pcm_delay of both directions is what lies between them, to the
# frame: the device's two latencies, whenever the second was started.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need jq

engine here a "$folder/mirror.ini" --set stream.packet_time=1ms
duplex probe a 1 1 32 0.5
wait "${player_pid[probe]}" || fail "the device does not open"
unset "player_pid[probe]"
latencies=$(($(heard_of probe .distance) - 32))

of() { jq -r "$1" "$folder/delay"; }

# The capture is started so many frames after the playback: still in step with it.
for late in 0 100 700; do
  "$VSC_BUILD/tests/apps/delay" aes67 256 "$late" "$offset" 2 >"$folder/delay" ||
    fail "it does not run"
  say "started $late frames late: $(cat "$folder/delay")"
  [ "$(of .wrong)" = 0 ] || fail "not where snd_pcm_delay says"
  [ "$(of .exact)" -ge "$exact_wanted" ] || fail "hardly anything was heard"
  [ "$(of .latency)" = "$latencies" ] || fail "not $latencies frames apart"
done
stop a
