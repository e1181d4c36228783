#!/usr/bin/env bash
# conflict.sh - two machines send to the addresses that a third one receives
# from: it says so in status and once a stream in its log, goes on playing one of
# them, and forgets it when the other has ended.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

on_a_switch one two ear

profile=(interop --set stream.when=always
  --set stream.link_offset=20ms)
engine ear e "${profile[@]}" --side b
engine one a "${profile[@]}"

receivers() { ask e "[.receivers[] | $1"; }
conflicts() { receivers 'select(.state == "conflict")] | length'; }
waiting() { receivers 'select(.state == "waiting")] | length'; }
is() { [ "$(conflicts) $(waiting)" = "$1 0" ]; }
lines() { grep -c 'sends to this address, too' "$folder/e.log" || true; }

wait_for 100 is 0 || fail "nothing comes"
sleep 3
is 0 || fail "one sender is called a conflict"
engine two b "${profile[@]}"
wait_for 100 is 8 || fail "two are not: $(conflicts)"
said=$(receivers '.reason] | unique | .[]')
say "$said"
# A machine that stalls lets the other one in.
[[ $said =~ ^10\.1\.0\.[12]" sends to this address, too: it is not heard beside "10\.1\.0\.[12] ]] ||
  fail "that does not say it"
sleep 5
[ "$(lines)" = 8 ] || fail "$(lines) lines about 8 streams"
stop b
wait_for 100 is 0 || fail "it is over, and not: $(conflicts)"
stop a
stop e
