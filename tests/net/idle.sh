#!/usr/bin/env bash
# idle.sh - an engine with no application, or one that has the device open and
# stopped, and nothing that is always sent: at most 2 CPU ticks in a minute and 12
# wake-ups a second. With PTP, which keeps its own time, below 0.5 % of a core, and
# the audio thread sleeps all the same.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"

measured=20
[ -z "${VSC_LONG:-}" ] || measured=60

machine other third fourth
cable here va 10.1.0.1/24 other vb 10.1.0.2/24
cable third vc 10.2.0.1/24 fourth vd 10.2.0.2/24
engine here a low-latency
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

# PTP on a cable of its own, meanwhile: eight Syncs a second, led and followed.
is_state() { [ "$("$aes67" status --json --instance "$1" | jq -r .clock.state)" = "$2" ]; }
# audio_wakes INSTANCE: of the thread that is not the main one.
audio_wakes() {
  local pid=${engine_pid[$1]}
  cat "/proc/$pid/task"/*/status | awk -v main="$pid" '/^Pid:/ { own = $2 == main }
    /^voluntary_ctxt/ && !own { n += $2 } END { print n + 0 }'
}
declare -A spent=() slept=()
is_shipped=yes
engine third leads low-latency --set clock.priority1=100
engine fourth follows low-latency
wait_for 300 is_state leads master || fail "nobody leads"
wait_for 300 is_state follows locked || fail "nobody follows"
for instance in leads follows; do
  spent[$instance]=$(pid=${engine_pid[$instance]} ticks)
  slept[$instance]=$(audio_wakes "$instance")
done
idle "$measured" "before any application"
for instance in leads follows; do
  used=$(($(pid=${engine_pid[$instance]} ticks) - ${spent[$instance]}))
  woken=$(($(audio_wakes "$instance") - ${slept[$instance]}))
  say "$instance, with PTP: $used ticks; the audio thread woke $woken times"
  # Of a hundred in a second.
  [ $((used * 2)) -lt "$measured" ] || fail "$used ticks in $measured s"
  [ "$woken" = 0 ] || fail "$instance: the audio thread woke $woken times"
  stop "$instance"
done
"$aes67" record --instance a --seconds 0.5 --format s24le - >"$folder/null" 2>&1 || true
[ -s "$folder/null" ] || fail "nothing was recorded"
idle 10 "after an application"
# It asks for two outputs, is answered, and does not start.
spawn here "$folder/attach" "$tools/attach" a 1 2 0 60
wait_for 100 grep -q active "$folder/attach" || fail "no answer"
idle 10 "while one has it open and stopped"
[ "$(ask a '.clients[0].is_started')" = false ] || fail "it is said to be started"
stop a
