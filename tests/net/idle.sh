#!/usr/bin/env bash
# idle.sh - an engine with no application, or one that has the device open and
# stopped, and nothing that is always sent: at most 2 CPU ticks in a minute and 12
# wake-ups a second.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"

measured=20
[ -z "${VSC_LONG:-}" ] || measured=60

machine other
cable here va 10.1.0.1/24 other vb 10.1.0.2/24
# PTP keeps its own time: eight Syncs a second, from whoever is the master.
engine here a low-latency --set clock.module=clock-system
pid=${engine_pid[a]}

# utime + stime; the process's name may have blanks.
ticks() {
  local fields
  read -r -a fields <<<"$(sed 's/.*) //' "/proc/$pid/stat")"
  echo $((fields[11] + fields[12]))
}

# Each time a thread slept and woke.
wakes() {
  cat "/proc/$pid/task"/*/status | awk '/^voluntary_ctxt/ { n += $2 } END { print n }'
}

idle() {
  local ticks_before wakes_before spent woken
  sleep 2
  ticks_before=$(ticks)
  wakes_before=$(wakes)
  sleep "$1"
  spent=$(($(ticks) - ticks_before))
  woken=$(($(wakes) - wakes_before))
  say "$2: $spent ticks and $woken wake-ups in $1 s"
  # 2 in 60 s; fewer seconds may see both, and two of somebody else's.
  [ "$spent" -le $(($1 < 60 ? 4 : 2)) ] || fail "$spent CPU ticks in $1 s"
  [ "$woken" -le $(($1 * 12)) ] || fail "$woken wake-ups in $1 s"
}

idle "$measured" "before any application"
"$aes67" record --instance a --seconds 0.5 --format s24le - >"$folder/null" 2>&1 || true
[ -s "$folder/null" ] || fail "nothing was recorded"
idle 10 "after an application"
# It asks for two outputs, is answered, and does not start.
spawn here "$folder/attach" "$tools/attach" a 1 2 0 60
wait_for 100 grep -q active "$folder/attach" || fail "no answer"
idle 10 "while one has it open and stopped"
[ "$(ask a '.clients[0].is_started')" = false ] || fail "it is said to be started"
stop a
