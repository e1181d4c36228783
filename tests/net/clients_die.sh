#!/usr/bin/env bash
# clients_die.sh - applications are killed beside one that goes on: their places
# and channels come back, the engine leaks nothing, and the other one does not
# notice.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/applications.sh
source "$(dirname "$0")/applications.sh"

times=100
[ -z "${VSC_LONG:-}" ] || times=1000

clients() { "$aes67" status --json --instance a | jq '.clients | length'; }
has_one_client() { [ "$(clients)" = 1 ]; }
open_files() { find "/proc/${engine_pid[a]}/fd" | wc -l; }
# The engine's own: others of this machine may come and go.
objects() { grep -o '/dev/shm/aes67-[^ ]*' "/proc/${engine_pid[a]}/maps" | sort -u; }

engine here a "$folder/mirror.ini"
duplex steady a 1 32 64 3600
sleep 1
files=$(open_files)
shm=$(objects)
for ((n = 0; n < times; n++)); do
  # The same channels each time: they are free again, or it would not start.
  duplex victim a 33 32 64 30
  sleep 0.0$((n % 10))
  {
    "$tools/slay" a "${player_pid[victim]}" >>"$folder/back" || fail "it is not let go"
    wait "${player_pid[victim]}" || true
  } 2>"$folder/slay.log" # where the shell says that it was killed
  unset "player_pid[victim]"
done
wait_for 20 has_one_client || fail "$(clients) applications are attached"
[ "$(open_files)" -le "$files" ] || fail "the engine had $files open files, now $(open_files)"
[ "$(objects)" = "$shm" ] || fail "the shared memory was $shm, is $(objects)"
finish steady
is_sound steady
is_explained steady a

# Within 100 ms, and what a bare timer was late at worst, where the machine is in
# time. A busy one must not take longer than a second, half of the times.
read -r half most longest < <(quantiles "$folder/back")
say "$times killed: slot and claims back after p50 $half ms, p99 $most ms, longest $longest ms"
[ "$(wc -l <"$folder/back")" = "$times" ] || fail "not all were counted"
[ "$half" -le 1000 ] || fail "slots do not come back"
if were_in_time steady a; then
  [ "$most" -le $((100 + $(heard_of steady '.reference.late_ns / 1000000 | ceil'))) ] ||
    fail "slots come back late"
fi
stop a

# Opened and closed in good order, 50 times: the same distance each time.
engine here a "$folder/mirror.ini"
distance=
for ((n = 0; n < 50; n++)); do
  duplex again a 1 64 32 0.2
  code=0
  wait "${player_pid[again]}" || code=$?
  [ "$code" = 0 ] || fail "ended with $code"
  now=$(heard_of again .distance)
  [ "$now" = "${distance:=$now}" ] || fail "$distance frames apart, then $now"
  [ "$(heard_of again .distances)$(heard_of again .wrong)" = 00 ] || fail "$(cat "$folder/duplex.again")"
done
say "input and output $distance frames apart, 50 times"
mapped=$(objects)
stop a
for object in $mapped; do
  [ ! -e "$object" ] || fail "$object is left"
done
