#!/usr/bin/env bash
# stale.sh - the shared memory of a killed engine is cleared away when another
# engine starts, but not while an application waits for its engine to come back.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

# objects INSTANCE: what its engine has mapped.
objects() { grep -o '/dev/shm/aes67-[0-9a-f]*-[rt]' "/proc/${engine_pid[$1]}/maps" | sort -u; }

# slay INSTANCE: its heart is still for a second and more, then.
slay() {
  kill -9 "${engine_pid[$1]}"
  wait "${engine_pid[$1]}" 2>/dev/null || true
  unset "engine_pid[$1]"
  sleep 1.2
}

engine here a interop --set engine.interface=lo
mine=$(objects a)
[ "$(wc -w <<<"$mine")" = 2 ] || fail "not two objects: $mine"
spawn here "$folder/attach" "$tools/attach" a 1 2 0 60
waiting=$!
helpers+=("$waiting")
wait_for 100 grep -q active "$folder/attach" || fail "no answer"
slay a

say "somebody waits for it"
engine here b interop --set engine.interface=lo
for object in $mine; do
  [ -e "$object" ] || fail "what an application waits at is gone"
done
engine here a interop --set engine.interface=lo
is_attached() { [ "$(ask a '.clients[0].writes')" = 1-2 ]; }
wait_for 50 is_attached || fail "it is not attached again"
slay a

say "nobody does"
kill -9 "$waiting"
wait "$waiting" 2>/dev/null || true
stop b
engine here c interop --set engine.interface=lo
for object in $mine; do
  [ ! -e "$object" ] || fail "what a killed engine left is still there"
done

say "one that lives"
engine here d interop --set engine.interface=lo
[ "$("$tools/attach" c 1 2 0 0)" = 'active 48000 0' ] || fail "it lost its device"
stop c
stop d
