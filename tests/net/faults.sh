#!/usr/bin/env bash
# faults.sh - an application plays and hears 64 channels while the engine is
# stopped for a while, both cores are taken, its files are used up, and it is told
# nonsense: nothing is wrong, what is silent is explained, and it goes on.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/applications.sh
source "$(dirname "$0")/applications.sh"
need prlimit timeout

longest=2
[ -z "${VSC_LONG:-}" ] || longest=10

told() {
  local wanted=$1 code=0
  shift
  timeout 20 "$aes67" "$@" --instance a >"$folder/out" 2>"$folder/err" </dev/null || code=$?
  [ "$code" = "$wanted" ] || fail "aes67 $*: exit $code, not $wanted: $(cat "$folder/err")"
}

engine here a "$folder/mirror.ini"

say "both cores are taken"
duplex hogs a 1 64 64 60
for n in 1 2 3 4; do
  timeout 4 sh -c 'while :; do :; done' &
  helpers+=($!)
done
sleep 2
told 0 stats --json
sleep 3
finish hogs
is_sound hogs
is_explained hogs a # its counters began with it

for seconds in 0.1 1 "$longest"; do
  say "the engine stands still for $seconds s"
  duplex stopped a 1 64 32 60
  sleep 1
  kill -STOP "${engine_pid[a]}"
  sleep "$seconds"
  kill -CONT "${engine_pid[a]}"
  sleep 1.5
  finish stopped
  is_sound stopped
  outage=$(heard_of stopped '[.outages_ms[], 0] | max')
  say "silent for $outage ms"
  patience=500
  were_in_time stopped a || patience=1500
  [ "$outage" -le "$(awk -v s="$seconds" -v p=$patience 'BEGIN { print s * 1000 + p }')" ] ||
    fail "it does not come back"
done

say "nonsense, 200 times"
duplex reload a 1 64 64 60
for ((n = 0; n < 200; n++)); do
  case $((n % 4)) in
    0) told 2 configure --set "receive rx1.ttl=0" ;;
    1) told 2 configure --set "send tx1.address=nowhere" ;;
    2) told 2 configure --set "nonsense.key=1" ;;
    3) told 2 configure --profile no-such-profile ;;
  esac
done
finish reload
is_sound reload

say "another engine of the same name"
code=0
timeout 20 "$aes67" run "$folder/mirror.ini" --instance a >"$folder/second" 2>&1 </dev/null || code=$?
[ "$code" = 1 ] || fail "the second engine ends with $code: $(cat "$folder/second")"
grep -q "${engine_pid[a]}" "$folder/second" || fail "who runs is not told: $(cat "$folder/second")"

say "no more files"
duplex files a 1 64 64 60
used=$(find "/proc/${engine_pid[a]}/fd" | wc -l)
hard=$(prlimit --pid "${engine_pid[a]}" --nofile --noheadings --output HARD)
prlimit --pid "${engine_pid[a]}" --nofile="$used:$hard" || skip "the limit cannot be set"
pids=()
for ((n = 0; n < 20; n++)); do
  timeout 3 "$aes67" status --json --instance a >/dev/null 2>&1 </dev/null &
  pids+=($!)
done
wait "${pids[@]}" 2>/dev/null || true
kill -0 "${engine_pid[a]}" || fail "the engine has ended"
prlimit --pid "${engine_pid[a]}" --nofile="$hard:$hard"
told 0 stats --json
finish files
is_sound files
stop a
