#!/usr/bin/env bash
# engine_dies.sh - the engine is killed again and again under a duplex application:
# its callbacks go on in silence, exact frames resume, nothing is ever wrong, and
# input and output stay as far apart as reported.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/applications.sh
source "$(dirname "$0")/applications.sh"

times=100
[ -z "${VSC_LONG:-}" ] || times=1000

start() {
  "$aes67" run "$folder/mirror.ini" --instance a >"$folder/a.log" 2>&1 </dev/null &
  engine_pid[a]=$!
}

# The next death comes when the sound is back, or after 3 s.
has_heard_more() { [ "$(packets here lo rx)" -gt "$1" ] && is_ready a; }

engine here a "$folder/mirror.ini"
duplex d a 1 64 32 3600
sleep 1
late_engines=0
for ((n = 0; n < times; n++)); do
  is_in_time a || late_engines=$((late_engines + 1))
  kill -9 "${engine_pid[a]}"
  wait "${engine_pid[a]}" 2>/dev/null || true
  start
  wait_for 30 has_heard_more "$(packets here lo rx)" || fail "no engine comes up"
  sleep 0.3
done
sleep 1
kill -0 "${player_pid[d]}" || fail "the application has ended"
finish d
is_in_time a || late_engines=$((late_engines + 1))
stop a
is_sound d

heard_of d '.outages_ms[]' >"$folder/outages"
outages=$(wc -l <"$folder/outages")
read -r half most longest < <(quantiles "$folder/outages")
say "$outages silences of $times: p50 $half ms, p99 $most ms, longest $longest ms"
# One that is back within 40 ms is none; as many more are of a busy machine.
[ "$outages" -ge $((times / 2)) ] || fail "the engine did not die often enough"
# 250 ms at the 99th percentile where the machine is in time; a busy one must
# still be back in a second, half of the times.
[ "$half" -le 1000 ] || fail "sound does not come back"
is_busy=$(heard_of d '.reference.late_share >= 0.01')
[ "$late_engines" -le $((times / 10)) ] || is_busy=true
if [ "$is_busy" = true ]; then
  say "the machine was late, under $late_engines engines: no more is demanded"
else
  [ "$most" -le 250 ] || fail "sound comes back late"
fi

# A callback is as late as the machine makes it, never as the engine's death does:
# a bare timer of the same period, in the same process, misses about as much. What
# 10 ms a death would be is allowed on top, and each was silent for 100 and more.
left_out=$(heard_of d .gap_frames)
missed=$(heard_of d .reference.missed_frames)
say "$left_out frames left out by late callbacks, a bare timer missed $missed;" \
  "callbacks at most $(heard_of d '.longest_ns / 1000000 | floor') ms apart," \
  "the timer at most $(heard_of d '.reference.late_ns / 1000000 | floor') ms late"
[ "$left_out" -le $((2 * missed + times * rate / 100)) ] ||
  fail "callbacks were missed"
[ "$(heard_of d '.longest_ns <= 3 * .reference.late_ns + 50000000')" = true ] ||
  fail "a callback was blocked"
[ "$(heard_of d .away)" -gt 0 ] || fail "the application did not notice"
