#!/usr/bin/env bash
# shipped_clock.sh - low-latency and its side b as they are shipped: sound from the
# start, one leads and the other locks to it without a step; of two whose clocks
# disagree the follower steps once, and nothing wrong is heard meanwhile; an
# ordinary user without permission for the ports is told so once and goes on; whose
# time stamps there are; nothing is sent without an interface.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq setpriv

# Of world.sh: the profile's own clock.
# shellcheck disable=SC2034
is_shipped=yes
a_cable
# What a busy machine holds: here it is the clock that counts.
offset=(--set stream.link_offset=20ms)

is_state() { [ "$(clock "$1" state)" = "$2" ]; }
seconds_since() { echo $((($(date +%s%N) - $1) / 1000000)) ms; }
is_settled() {
  local states
  states="$(clock a state) $(clock b state)"
  [ "$states" = "master locked" ] || [ "$states" = "locked master" ]
}
# were_in_time: a machine that stalls may not lock, or see its own stalls as a step.
were_in_time() { is_in_time a && is_in_time b; }
settle() {
  if ! wait_for 600 is_settled; then
    were_in_time || skip "the machine is too late for a lock"
    fail "a is $(clock a state), b is $(clock b state)"
  fi
  [ "$(clock a grandmaster)" = "$(clock b grandmaster)" ] || fail "two grandmasters"
}

# hear_each_other [SECONDS]: both ways, exact, in place; no clock stepped meanwhile.
hear_each_other() {
  local before span=${1:-$((seconds / 2))}
  before="$(clock a generation) $(clock b generation)"
  both_ways "$span" 50
  [ "$(clock a generation) $(clock b generation)" = "$before" ] || ! were_in_time ||
    fail "a clock stepped"
}

say "two whose clocks agree: sound from the start"
began=$(date +%s%N)
engine left a low-latency "${offset[@]}"
engine right b low-latency --side b "${offset[@]}"
say "ready after $(seconds_since "$began"); a is $(clock a state), b is $(clock b state)"
hear_each_other "$seconds" # while they lock
settle
say "settled $(seconds_since "$began") after the start at the latest"
hear_each_other
[ "$(clock a generation) $(clock b generation)" = "1 1" ] || ! were_in_time ||
  fail "generations $(clock a generation), $(clock b generation)"
stop a
stop b

say "two whose clocks are three seconds apart"
began=$(date +%s%N)
engine left a low-latency "${offset[@]}"
engine right b low-latency --side b "${offset[@]}" --set clock.utc_offset=3
manner=search listen b 1 12
play a 1
settle
say "settled after $(seconds_since "$began")"
heard b
hush a
while read -r line; do
  read -r _ _ exact _ silent _ wrong _ <<<"$line"
  say "while it locked, stream ${line%% *}: $exact exact, $silent silent, $wrong wrong"
  [ "$wrong" = 0 ] || fail "wrong frames: $line"
done <"$folder/heard.b"
[ "$(clock a generation) $(clock b generation)" = "1 2" ] ||
  [ "$(clock a generation) $(clock b generation)" = "2 1" ] || ! were_in_time ||
  fail "generations $(clock a generation), $(clock b generation): not one step"
hear_each_other
stop a
stop b

say "an ordinary user without permission"
powerless=(setpriv --bounding-set -net_bind_service --inh-caps -net_bind_service)
for name in a b; do
  place=left side=a
  [ $name = a ] || place=right side=b
  : >"$folder/$name.log"
  began=$(date +%s%N)
  spawn $place "$folder/$name.log" "${powerless[@]}" "$aes67" run low-latency \
    --side $side "${offset[@]}" --instance $name
  engine_pid[$name]=$!
  wait_for 100 has_settled $name
  is_ready $name || fail "it does not start"
  say "ready after $(seconds_since "$began")"
  is_state $name free || fail "it is $(clock $name state)"
  [ "$(grep -c 'cap_net_bind_service' "$folder/$name.log")" = 1 ] ||
    fail "how to permit it is not said once"
done
hear_each_other
stop a
stop b

say "time stamps: a pair of virtual interfaces has none of its own"
engine left c low-latency
[ "$(clock c stamps)" = software ] || fail "stamps are $(clock c stamps)"
! grep -q 'time stamps' "$folder/c.log" || fail "auto complains: $(cat "$folder/c.log")"
stop c
engine left c low-latency --set clock.stamps=hardware
grep -q 'va has no hardware time stamps' "$folder/c.log" || fail "it is not said"
[ "$(clock c stamps)" = software ] || fail "stamps are $(clock c stamps)"
stop c

say "without an interface nothing is sent"
# Datagrams, not packets: the system still says goodbye to groups.
datagrams() { on left cat /proc/net/snmp | awk '/^Udp: [0-9]/ { print $5 }'; }
before=$(datagrams)
engine left c low-latency --set engine.interface= --set clock.role=master
engine left d default --set clock.module=clock-ptp --set clock.role=master
sleep 3
is_state c free || fail "it is $(clock c state)"
[ "$(clock c stamps)" = none ] || fail "stamps are $(clock c stamps)"
[ "$(datagrams)" = "$before" ] || fail "something was sent"
stop c
stop d
