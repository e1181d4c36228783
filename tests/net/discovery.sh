#!/usr/bin/env bash
# discovery.sh - two machines: what one publishes the other lists and plays by
# name; a subscription waits for its source, follows it, and outlives the engine;
# a source that ends says so; without an interface nothing is sent.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq
a_cable
to_groups

printf '%s\n' '[engine]' 'interface = auto' '[device]' 'headroom = 480' \
  '[discovery sap]' 'module = discovery-sap' 'period = 1s' \
  '[stream]' 'when = always' >"$folder/plain.ini"

listed() { "$aes67" list --json --instance "$1" | jq -r "$2"; }
address_of() { "$aes67" status --json --instance "$1" | jq -r ".receivers[] | select(.name == \"$2\") | .address"; }
is_at() { [ "$(address_of "$1" "$2")" = "$3" ]; }

say "a subscription waits for its source"
engine right b "$folder/plain.ini"
"$aes67" subscribe 'Stage "A" <1>' --instance b --channels 1-2 2>"$folder/subscribe.log" ||
  fail "$(cat "$folder/subscribe.log")"
[ "$(state_of b Stage-A-1-)" = waiting ] || fail "it is $(state_of b Stage-A-1-)"

say "and plays when that is published"
engine left a "$folder/plain.ini"
"$aes67" publish 'Stage "A" <1>' --instance a --channels 1-2 \
  --address 239.69.7.1 2>"$folder/publish.log" || fail "$(cat "$folder/publish.log")"
wait_for 30 lists b 'Stage "A" <1>' || fail "it is not listed within 3 s"
wait_for 30 is_playing b Stage-A-1- || fail "it is $(state_of b Stage-A-1-)"
is_at b Stage-A-1- 239.69.7.1:5004 || fail "from $(address_of b Stage-A-1-)"
"$aes67" list --verbose --instance b >"$folder/list.log"
grep -q 'received as Stage-A-1-' "$folder/list.log" || fail "list does not tell it"
grep -q 'Stage-A-1- is playing' "$folder/list.log" || fail "nor how it is: $(cat "$folder/list.log")"

say "follows it to another address"
before=$(listed b '.streams[0].version')
"$aes67" publish 'Stage "A" <1>' --instance a --channels 1-2 --address 239.69.7.2 --quiet
wait_for 30 is_at b Stage-A-1- 239.69.7.2:5004 || fail "still from $(address_of b Stage-A-1-)"
wait_for 30 is_playing b Stage-A-1- || fail "it is $(state_of b Stage-A-1-)"
[ "$(listed b '.streams[0].version')" -gt "$before" ] || fail "the version has not grown"
[ "$(listed b '.streams | length')" = 1 ] || fail "it is listed twice"

say "outlives the engine"
stop b
engine right b "$folder/plain.ini"
wait_for 50 is_playing b Stage-A-1- || fail "it is $(state_of b Stage-A-1-)"

say "a source that is withdrawn is gone from the list, and one that ends"
"$aes67" publish other --instance a --channels 3-4 --quiet
wait_for 30 lists b other || fail "it is not listed"
"$aes67" unpublish other --instance a --quiet
wait_for 30 lists_not b other || fail "it is still listed"
stop a
wait_for 30 lists_not b 'Stage "A" <1>' || fail "it is still listed"

say "unsubscribed, also after a restart"
"$aes67" unsubscribe 'Stage "A" <1>' --instance b --quiet
[ "$(ask b '.receivers | length')" = 0 ] || fail "there is a receiver"
"$aes67" unsubscribe 'Stage "A" <1>' --instance b 2>/dev/null && fail "twice"
stop b
engine right b "$folder/plain.ini"
[ "$(ask b '.receivers | length')" = 0 ] || fail "it has come back"
stop b

say "a subscription takes waiting receivers' inputs, and gives them back"
engine right b interop --set "discovery sap.period=1s"
"$aes67" subscribe later --instance b --quiet
[ "$("$aes67" route show --instance b --json | jq -r '[.routes[] | select(.direction == "receive")] | length')" = 9 ] ||
  fail "there should be nine receivers"
"$aes67" unsubscribe later --instance b --quiet
stop b

say "without an interface nothing is sent"
# Datagrams, not packets: the system still says goodbye to groups.
datagrams() { on right cat /proc/net/snmp | awk '/^Udp: [0-9]/ { print $5 }'; }
before=$(datagrams)
engine right c "$folder/plain.ini" --set engine.interface=
"$aes67" publish mute --instance c --channels 1-2 --address 239.69.7.9 --quiet
sleep 1.5
[ "$(datagrams)" = "$before" ] || fail "something was sent"
stop c
