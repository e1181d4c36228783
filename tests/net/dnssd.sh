#!/usr/bin/env bash
# dnssd.sh - two machines, each with an avahi-daemon: what one publishes the other's
# avahi-browse shows, and its engine lists, plays by name bit-exact, follows, and
# waits for; daemons come late, die, hang; names are taken; nothing is told
# without an interface.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/avahi.sh
source "$(dirname "$0")/avahi.sh"
need jq
grep -q libdbus "$VSC_BUILD/modules/discovery-mdns.so" ||
  skip "built without DNS-SD: install libdbus-1-dev"
a_cable
to_groups

printf '%s\n' '[engine]' 'interface = auto' 'log_level = debug' \
  '[device]' 'headroom = 480' '[discovery mdns]' 'module = discovery-mdns' \
  '[stream]' 'when = always' 'link_offset = 40ms' >"$folder/plain.ini"

# start MACHINE INSTANCE [OPTION...]
start() {
  DBUS_SYSTEM_BUS_ADDRESS=$(bus_of "$1") engine "$1" "$2" "$folder/plain.ini" "${@:3}"
}
publish() { "$aes67" publish "$2" --instance "$1" "${@:3}" --quiet; }
field() { "$aes67" status --json --instance b | jq -r ".receivers[] | select(.name == \"$1\") | .$2"; }
is_waiting() { ! is_playing b "$1"; }
is_at() { [ "$(field "$1" address)" = "$2" ]; }
has_said() { grep -qF "$2" "$folder/$1.log"; }
# slain PID...: at once, and without a word.
slain() {
  kill -9 "$@"
  wait "$@" 2>/dev/null || true
}
# sees MACHINE NAME: as avahi-browse writes it.
sees() { browsed "$1" | cut -d';' -f4 | grep -qxF "$2"; }
# sees_only MACHINE NAME OTHER: in one look NAME, so that it can see, and not OTHER.
sees_only() {
  local names
  names=$(browsed "$1" | cut -d';' -f4)
  grep -qxF "$2" <<<"$names" && ! grep -qxF "$3" <<<"$names"
}
# As avahi-browse writes Stage "A" <1>.
stage='Stage\032\034A\034\032\0601\062\.'

say "without a D-Bus it says so once, and waits"
start right b
has_said b 'there is no D-Bus' || fail "it does not say so"
bus right
wait_for 300 has_said b 'avahi-daemon does not run' || fail "it does not find the bus"
avahi right vb
wait_for 300 has_said b 'DNS-SD by avahi-daemon' || fail "it does not find avahi-daemon"

say "what is published is in avahi-browse, in the list, and played by its name"
bus left
avahi left va
start left a
"$aes67" subscribe 'Stage "A" <1>.' --instance b --channels 1-8 --quiet
publish a 'Stage "A" <1>.' --channels 1-8 --address 239.69.7.1
name=$(ask b '.receivers[0].name')
wait_for 300 sees right "$stage" || fail "$(browsed right)"
[ "$(browsed right | cut -d';' -f8,9)" = '10.1.0.1;8854' ] || fail "$(browsed right)"
wait_for 50 lists b 'Stage "A" <1>.' || fail "it is not listed"
wait_for 300 is_playing b "$name" || fail "it is $(field "$name" state): $(field "$name" reason)"
lists_not a 'Stage "A" <1>.' || fail "it finds itself"
! has_said a ' is taken' || fail "its port is"
[ "$(browsed right _ravenna._sub._rtsp._tcp | wc -l)" = 1 ] || fail "no device is told"

say "bit-exact, and followed to another address"
play a 1
listen b 1 "$((seconds + 2))"
sleep 4
publish a 'Stage "A" <1>.' --channels 1-8 --address 239.69.7.2
wait_for 100 is_at "$name" 239.69.7.2:5004 || fail "still at $(field "$name" address)"
heard b
hush a
detour_silent=48000 judge a b 50 1

say "a daemon that dies and comes back"
slain "${avahi_pid[left]}" "${avahi_pid[right]}"
wait_for 100 has_said a 'avahi-daemon does not run' || fail "it does not notice"
lists b 'Stage "A" <1>.' || fail "what was known is lost at once"
publish a meanwhile --channels 9-16 --address 239.69.7.3
avahi left va
avahi right vb
wait_for 300 sees right meanwhile || fail "$(browsed right)"
wait_for 300 lists b meanwhile || fail "it is not listed"
sees right "$stage" || fail "the other was not told again"

say "a D-Bus that dies and comes back"
slain "${bus_pid[left]}" "${avahi_pid[left]}"
sleep 1
bus left
avahi left va
publish a after --channels 17-24 --address 239.69.7.4
wait_for 300 sees right after || fail "$(browsed right)"

say "a daemon that hangs does not hold up the engine"
kill -STOP "${avahi_pid[left]}"
publish a hung --channels 25-32 --address 239.69.7.5
"$aes67" unpublish after --instance a --quiet
for _ in 1 2 3; do
  timeout 5 "$aes67" status --instance a >/dev/null || fail "the engine does not answer"
  sleep 1
done
wait_for 300 has_said a 'avahi-daemon does not answer' || fail "it does not say so"
kill -CONT "${avahi_pid[left]}"
wait_for 300 sees right hung || fail "$(browsed right)"
wait_for 300 sees_only right hung after || fail "it is still told"
wait_for 300 lists_not b after || fail "it is still listed"

say "a name that is another's is told under the next, and asked for by that"
publish b meanwhile --channels 1-8 --address 239.69.8.1
wait_for 300 sees left 'meanwhile\032\0352' || fail "$(browsed left)"
wait_for 300 lists a meanwhile || fail "it is not listed"
wait_for 100 has_said b 'found as "meanwhile #2"' || fail "it does not say so"

say "withdrawn, and gone with the engine; the subscription waits and plays again"
"$aes67" unpublish meanwhile --instance a --quiet
wait_for 300 sees_only right "$stage" meanwhile || fail "it is still told"
stop a
wait_for 300 lists_not b 'Stage "A" <1>.' || fail "it is still listed"
wait_for 100 is_waiting "$name" || fail "it is $(field "$name" state)"
browsed right _ravenna._sub._rtsp._tcp >"$folder/devices"
grep -q 10.1.0.2 "$folder/devices" || fail "nothing is seen: $(browsed right)"
! grep -q 10.1.0.1 "$folder/devices" || fail "the device is still told"
start left a
wait_for 600 is_playing b "$name" || fail "it is $(field "$name" state): $(field "$name" reason)"

say "two engines of one machine find each other, each at its port"
start left c
publish c third --channels 1-8 --address 239.69.9.1
wait_for 300 lists b third || fail "it is not listed on the right"
wait_for 300 lists a third || fail "it is not listed on the left"
wait_for 300 lists c 'Stage "A" <1>.' || fail "the other is not listed"
has_said c 'TCP port 8854 is taken: RTSP is at ' || fail "it does not say where it is"
stop c

say "announced by SAP, too, it is listed once"
both=(--set 'discovery sap.module=discovery-sap' --set 'discovery sap.period=1s')
start left c "${both[@]}"
start right d "${both[@]}"
publish c both --channels 1-8 --address 239.69.9.2
times() { "$aes67" list --json --instance d | jq --arg name "$1" \
  '[.streams[] | select(.direction == "found" and .name == $name)] | length'; }
has_both() { has_said d 'has "both"' && [ "$(ask d .modules.sap.received)" -ge 8 ]; }
wait_for 300 has_both || fail "$(ask d .modules)"
wait_for 100 lists d both || fail "it is not listed"
sleep 2 # for RTSP's answer
[ "$(times both)" = 1 ] || fail "it is listed $(times both) times"
stop c
stop d

say "without an interface nothing is told"
start left d --set engine.interface=
publish d mute --channels 1-2 --address 239.69.7.9
sleep 2
sees_only right "$stage" mute || fail "it is told, or nothing is: $(browsed right)"
sees_only left "$stage" mute || fail "it is told, or nothing is: $(browsed left)"
stop d
