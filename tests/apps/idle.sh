#!/usr/bin/env bash
# idle.sh - a PCM that is open but not started costs its program and the engine no
# more than a few wake-ups, before it runs, after it has run, and when it is closed.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need jq

engine here a interop --set engine.interface=lo

# wakes PID: each time a thread slept and woke.
wakes() {
  cat "/proc/$1/task"/*/status | awk '/^voluntary_ctxt/ { n += $2 } END { print n }'
}

# rests PID WHO MOST: in 3 s it wakes less often.
rests() {
  local before woken
  before=$(wakes "$1")
  sleep 3
  woken=$(($(wakes "$1") - before))
  say "  $2: $woken wake-ups in 3 s"
  [ "$woken" -le "$3" ] || fail "$2 wakes $woken times in 3 s"
}

# quiet WHAT: the engine, a dozen times a second (tests/net/idle.sh), and the program,
# which has nothing to do.
quiet() {
  say "$1"
  sleep 1
  [ -z "${holder:-}" ] || rests "$holder" "the program" 3
  rests "${engine_pid[a]}" "the engine" 45
}

mkfifo "$folder/line"
"$VSC_BUILD/tests/apps/hold" aes67 <"$folder/line" >"$folder/hold.log" 2>&1 &
holder=$!
helpers+=("$holder")
exec 9>"$folder/line"
wait_for 100 grep -q opened "$folder/hold.log" || fail "it does not open"
quiet "opened"
echo >&9
wait_for 100 grep -q stopped "$folder/hold.log" || fail "it does not run"
quiet "stopped"
echo >&9
wait "$holder" || fail "it ended with $?"
holder=
quiet "closed"
stop a
