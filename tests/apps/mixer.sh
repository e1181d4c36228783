#!/usr/bin/env bash
# mixer.sh - the ALSA mixer "aes67" shows what the device is doing: before there
# is an engine, while one runs, when it was killed and when the next one runs; who
# waits is told of changes and sleeps in between.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need amixer aplay

# value NAME: what amixer shows.
value() {
  amixer -D aes67 contents >"$folder/contents" || fail "amixer: exit $?"
  awk -v name="$1" -F "'" '
    /^numid=/ { is_it = $2 == name; items = 0 }
    is_it && /; Item #/ { item[items++] = $2 }
    is_it && /: values=/ {
      sub(/.*values=/, "")
      print (items ? item[$0] : $0)
    }' "$folder/contents"
}
is_shown() { [ "$(value "$1")" = "$2" ]; }
shows() {
  wait_for 50 is_shown "$1" "$2" || fail "$1 is not $2: $(value "$1")"
}
has_event() { grep -q "event value: .*name='$1'" "$folder/events"; }
# tells NAME...: of each an event has come, since the last call.
tells() {
  local name
  for name in "$@"; do
    wait_for 50 has_event "$name" || fail "no event of $name: $(cat "$folder/events")"
  done
  : >"$folder/events"
}

say "before there is an engine"
shows "Engine Running" off
shows "Clock State" stopped
shows "Sample Rate" 0
stdbuf -oL amixer -D aes67 events >>"$folder/events" 2>&1 </dev/null &
watcher=$!
helpers+=("$watcher")
wait_for 50 grep -q Ready "$folder/events" || fail "amixer: $(cat "$folder/events")"
: >"$folder/events"

say "with one"
engine here a "$folder/mirror.ini"
tells "Engine Running" "Clock State" "Sample Rate"
shows "Engine Running" on
shows "Sample Rate" "$rate"
# A machine that stalls makes an engine that plays degraded: exit 3.
clock=$({ "$aes67" status --json --instance a || true; } | jq -r .clock.state)
shows "Clock State" "$clock"
amixer -D aes67 sget "Clock State" | grep -F "Item0: '$clock'" >/dev/null ||
  fail "no simple control: $(amixer -D aes67)"
shows Applications 0
shows "Late Frames" 0
amixer -D aes67 cset name="Sample Rate" 44100 >"$folder/set" 2>&1 && fail "it could be set"

amixer -D aes67:b contents | grep -A 2 "'Engine Running'" | grep 'values=off' >/dev/null ||
  fail "another instance is not another mixer"

say "with an application"
aplay -q -D aes67 -f S24_3LE -c 2 -t raw -r "$rate" "$(noise 2 9)" 2>/dev/null &
helpers+=($!)
tells Applications
shows Applications 1

say "who waits sleeps"
slept() { awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$watcher/status"; }
before=$(slept)
sleep 2
wakes=$(($(slept) - before))
say "  $wakes times awake in 2 s"
# Four times a second; a machine that stalls makes it fewer.
[ "$wakes" -le 20 ] || fail "it polls"

say "killed"
kill -9 "${engine_pid[a]}"
wait "${engine_pid[a]}" 2>/dev/null || true
unset "engine_pid[a]"
tells "Engine Running" "Clock State"
shows "Engine Running" off
shows "Clock State" stopped
shows "Sample Rate" "$rate"

say "and back"
engine here a "$folder/mirror.ini"
tells "Engine Running" "Clock State"
shows "Engine Running" on
shows "Clock State" "$clock"
stop a
shows "Clock State" stopped
