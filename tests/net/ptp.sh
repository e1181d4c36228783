#!/usr/bin/env bash
# ptp.sh - PTP between two of our engines: one leads and one follows; a storm of
# bad messages moves nothing; without permission for the ports the engine runs at
# once and says how to permit them; a service manager's sockets and free ports
# need no permission.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq setpriv

ptp_profile 'role = auto'

is_state() { [ "$(clock "$1" state)" = "$2" ]; }
becomes() {
  wait_for 300 is_state "$@" || fail "not \"$*\": $("$aes67" clock --instance "$1")"
}
# error INSTANCE: the root mean square of 5 s of readings, in ns. One machine,
# one TAI.
error() {
  "$aes67" clock --json --sample 50 --instance "$1" |
    jq -s 'map(.ptp_ns - .tai_ns | . * .) | add / length | sqrt | floor'
}
memory() { awk '/^VmRSS/ { print $2 }' "/proc/${engine_pid[$1]}/status"; }

# storm PRIORITY1: 10 s of 10,000 bad messages a second, half of them Announces of
# a thousand masters with PRIORITY1. The limits are for a machine that has other
# work: a tenth of what one message that is believed would do.
storm() {
  local before after generation kept
  before=$(error follows)
  generation=$(clock follows generation)
  kept=$(memory follows)
  spawn other "$folder/storm.log" "$tools/ptp-storm" 10.1.0.2 10 10000 \
    "$(clock leads grandmaster)" "$1"
  local storm=$!
  sleep 2
  after=$(error follows)
  is_state follows locked || fail "$("$aes67" clock --instance follows)"
  wait "$storm" || fail "the storm did not hear whom it attacks"
  say "$(cat "$folder/storm.log")"
  say "RMS error: $before ns before, $after ns in the storm;" \
    "$(($(memory follows) - kept)) KiB more memory"
  [ "$after" -lt $((2 * before + 20000)) ] || fail "the error is $after ns"
  [ "$(clock follows generation)" = "$generation" ] || fail "it stepped"
  [ "$(clock follows grandmaster)" = "$(clock leads grandmaster)" ] ||
    fail "the grandmaster is $(clock follows grandmaster)"
  [ $(($(memory follows) - kept)) -lt 1024 ] || fail "it grows"
  "$aes67" stats --json --instance follows | jq -c .modules.clock >&2
}

machine other
cable here va 10.1.0.1/24 other vb 10.1.0.2/24
engine other leads "$folder/ptp.ini" --set engine.interface=vb --set clock.priority1=100
becomes leads master
engine here follows "$folder/ptp.ini" --set engine.interface=va
becomes follows locked
[ "$(clock follows grandmaster)" = "$(clock leads grandmaster)" ] ||
  fail "the grandmaster is $(clock follows grandmaster)"

say "a storm of 10,000 messages a second, 1,000 false masters"
storm 200

say "the same, better than the true one, which alone is allowed"
stop follows
engine here follows "$folder/ptp.ini" --set engine.interface=va \
  --set "clock.allow=$(clock leads grandmaster)"
becomes follows locked
storm 1

say "the master dies: holdover, then we lead, and nothing steps"
generation=$(clock follows generation)
kill -9 "${engine_pid[leads]}"
becomes follows holdover
becomes follows master
[ "$(clock follows generation)" = "$generation" ] || fail "it stepped"
stop follows
unset "engine_pid[leads]"

say "without permission"
powerless=(setpriv --bounding-set -net_bind_service --inh-caps -net_bind_service)
: >"$folder/poor.log"
began=$(date +%s%N)
spawn here "$folder/poor.log" "${powerless[@]}" "$aes67" run "$folder/ptp.ini" \
  --set engine.interface=va --instance poor
engine_pid[poor]=$!
wait_for 100 has_settled poor
is_ready poor || fail "it does not start"
say "ready after $((($(date +%s%N) - began) / 1000000)) ms"
is_state poor free || fail "$("$aes67" clock --instance poor)"
[ "$(grep -c 'cap_net_bind_service' "$folder/poor.log")" = 1 ] ||
  fail "the way to permit it is not said once"
clock poor diagnosis | grep -q cap_net_bind_service || fail "$(clock poor diagnosis)"
stop poor

say "with this permission and no other"
spawn here "$folder/able.log" setpriv --bounding-set -all,+net_bind_service \
  --inh-caps -all "$aes67" run "$folder/ptp.ini" --set engine.interface=va --instance able
engine_pid[able]=$!
wait_for 100 has_settled able
becomes able master
stop able

say "with the command that diagnosis names, and no other power"
# A copy, beside its modules; root is nobody with noroot.
permitted=$VSC_BUILD/permitted-$$
cp "$aes67" "$permitted"
# shellcheck disable=SC2317 # the trap calls it
remove_copy() { rm -f "$permitted"; }
trap 'remove_copy; clean_up' EXIT
nobody=(setpriv --securebits +noroot --inh-caps -all)
is_able() { # does this system look at the capabilities of files in $VSC_BUILD?
  command -v setcap >/dev/null && setcap cap_net_bind_service+ep "$permitted" &&
    ! grep -q nosuid < <(findmnt -no OPTIONS -T "$VSC_BUILD")
}
if is_able; then
  spawn here "$folder/permitted.log" "${nobody[@]}" "$permitted" run "$folder/ptp.ini" \
    --set engine.interface=va --instance permitted
  engine_pid[permitted]=$!
  wait_for 100 has_settled permitted
  becomes permitted master
  stop permitted
  spawn here "$folder/bare.log" "${nobody[@]}" "$aes67" run "$folder/ptp.ini" \
    --set engine.interface=va --instance bare
  engine_pid[bare]=$!
  wait_for 100 has_settled bare
  is_state bare free || fail "it needs no permission: $("$aes67" clock --instance bare)"
  stop bare
else
  say "not tried: files have no capabilities here"
fi
remove_copy

say "another program has the port for itself"
spawn here "$folder/holder.log" "$tools/activate" '!319' sleep 60
holder=$!
helpers+=("$holder")
sleep 0.5
engine here late "$folder/ptp.ini" --set engine.interface=va
is_state late free || fail "$("$aes67" clock --instance late)"
clock late diagnosis | grep -q 'another program has UDP port 319' ||
  fail "$(clock late diagnosis)"
stop late
kill "$holder"
wait "$holder" 2>/dev/null || true # or the next one finds the port taken

say "another PTP program shares the port"
spawn here "$folder/sharer.log" "$tools/activate" 319,320 "$aes67" run \
  "$folder/ptp.ini" --set engine.interface=va --set clock.priority1=90 --instance sharer
engine_pid[sharer]=$!
wait_for 100 has_settled sharer
becomes sharer master
engine here beside "$folder/ptp.ini" --set engine.interface=va --set clock.domain=3
is_named() { clock beside diagnosis | grep -q 'another PTP program of this machine'; }
wait_for 100 is_named || fail "not named: $(clock beside diagnosis)"
stop beside
stop sharer

say "sockets of a service manager"
spawn here "$folder/given.log" "$tools/activate" 319,320 "${powerless[@]}" \
  "$aes67" run "$folder/ptp.ini" --set engine.interface=va --instance given
engine_pid[given]=$!
wait_for 100 has_settled given
becomes given master
stop given

say "sockets that are not for us, and one that is not enough"
for case in "319,320 env LISTEN_PID=1" "319,320 env LISTEN_FDS=many" "319"; do
  read -ra words <<<"$case"
  spawn here "$folder/given.log" "$tools/activate" "${words[@]}" "${powerless[@]}" \
    "$aes67" run "$folder/ptp.ini" --set engine.interface=va --instance given
  engine_pid[given]=$!
  wait_for 100 has_settled given
  is_state given free || fail "$case: $("$aes67" clock --instance given)"
  clock given diagnosis | grep -q '^no permission for UDP ports' ||
    fail "$case: $(clock given diagnosis)"
  stop given
done

say "free ports, two engines of one machine on lo"
for name in one two; do
  spawn here "$folder/$name.log" "${powerless[@]}" "$aes67" run "$folder/ptp.ini" \
    --set engine.interface=lo --set clock.event_port=13190 --instance "$name"
  engine_pid[$name]=$!
  wait_for 100 has_settled "$name"
done
settled() {
  local states
  states="$(clock one state) $(clock two state)"
  [ "$states" = "master locked" ] || [ "$states" = "locked master" ]
}
wait_for 300 settled || fail "one is $(clock one state), two is $(clock two state)"
[ "$(clock one grandmaster)" = "$(clock two grandmaster)" ] || fail "two grandmasters"
stop one
stop two
