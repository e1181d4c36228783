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
for ((n = 0; n < times; n++)); do
  kill -9 "${engine_pid[a]}"
  wait "${engine_pid[a]}" 2>/dev/null || true
  start
  wait_for 30 has_heard_more "$(packets here lo rx)" || fail "no engine comes up"
  sleep 0.3
done
sleep 1
kill -0 "${player_pid[d]}" || fail "the application has ended"
finish d
stop a
is_sound d

outages=$(heard_of d '.outages_ms | length')
say "$outages silences of $times: $(heard_of d \
  '.outages_ms | sort | "p50 \(.[length / 2 | floor]) ms, p99 \(.[length * 0.99 | floor]) ms, longest \(.[-1]) ms"')"
[ "$outages" -ge $((times * 9 / 10)) ] || fail "the engine did not die often enough"
# 250 ms at the 99th percentile where the machine is in time; a busy one must
# still be back in a second, half of the times.
[ "$(heard_of d '.outages_ms | sort | .[length / 2 | floor]')" -le 1000 ] ||
  fail "sound does not come back"
# A callback is as late as the machine makes it, never as the engine's death does.
late=$(heard_of d '.gap_frames')
reference=$(heard_of d '.reference.late_ns')
say "$late frames left out by late callbacks; a bare timer was $((reference / 1000)) us late at worst"
[ "$(heard_of d .away)" -gt 0 ] || fail "the application did not notice"
ls /dev/shm >"$folder/shm"
