#!/usr/bin/env bash
# shipped_clock.sh - low-latency and its side b as they are shipped: sound from the
# start, one leads and the other locks to it without a step within 15 s, and both
# have one time; a better master is followed and named at once; of two whose clocks
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
ms_since() { echo $((($(date +%s%N) - $1) / 1000000)); }
is_settled() {
  local states
  states="$(clock a state) $(clock b state)"
  [ "$states" = "master locked" ] || [ "$states" = "locked master" ]
}
# were_in_time: a machine that stalls may not lock, or see its own stalls as a step.
were_in_time() { is_in_time a && is_in_time b; }
# settle BEGAN: both are what they shall be, since 15 s after that at the latest.
settle() {
  local since after
  if ! wait_for 600 is_settled; then
    were_in_time || skip "the machine is too late for a lock"
    fail "a is $(clock a state), b is $(clock b state)"
  fi
  [ "$(clock a grandmaster)" = "$(clock b grandmaster)" ] || fail "two grandmasters"
  since=$(printf '%s\n' "$(clock a since_s)" "$(clock b since_s)" | sort -n | head -n 1)
  after=$(($(ms_since "$1") - 1000 * since))
  say "settled after at most $after ms"
  # since_s is whole seconds.
  [ "$after" -lt 16000 ] || ! were_in_time || fail "it took more than 15 s"
}

# off INSTANCE: by how many ns its media time is off this machine's TAI, in the mean.
off() {
  "$aes67" clock --json --sample 5 --instance "$1" >"$folder/samples"
  jq -es 'length == 5 and all(.[]; .schema == "vsc.clock/1" and
    (.state | type == "string") and has("error_ns") and ([.mono_raw_ns, .tai_ns, .ptp_ns] | all(. > 0))) and
    ([.[].mono_raw_ns] | . == (unique | sort))' "$folder/samples" >"$folder/out" ||
    fail "clock --json --sample: $(cat "$folder/samples")"
  jq -s 'map(.ptp_ns - .tai_ns) | add / length | round' "$folder/samples"
}

follows() { sed -n 's/.* clock: follows //p' "$folder/b.log"; }
# has_changed COUNT: it has said a grandmaster's name once more.
has_changed() { [ "$(follows | wc -l)" -gt "$1" ]; }
is_named() { [ "$(clock b grandmaster)" = "$(follows | tail -n 1)" ]; }

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
say "ready after $(ms_since "$began") ms; a is $(clock a state), b is $(clock b state)"
hear_each_other "$seconds" # while they lock
settle "$began"
hear_each_other
[ "$(clock a generation) $(clock b generation)" = "1 1" ] || ! were_in_time ||
  fail "generations $(clock a generation), $(clock b generation)"
apart=$(($(off a) - $(off b)))
say "they are $apart ns apart"
[ "${apart#-}" -lt 20000 ] || ! were_in_time || fail "that is too far"
stop a

say "a better master: b follows it, and status says so at once"
count=$(follows | wc -l)
spawn left "$folder/better.log" "$tools/ptp-faulty" 10.1.0.1 none
helpers+=($!)
wait_for 600 has_changed "$count" || fail "b is $(clock b state)"
wait_for 10 is_named || ! is_in_time b ||
  fail "b follows $(follows | tail -n 1), status has $(clock b grandmaster)"
kill "${helpers[-1]}"
stop b

say "two whose clocks are three seconds apart"
began=$(date +%s%N)
engine left a low-latency "${offset[@]}"
engine right b low-latency --side b "${offset[@]}" --set clock.utc_offset=3
manner=search listen b 1 12
play a 1
settle "$began"
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
  say "ready after $(ms_since "$began") ms"
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
