#!/usr/bin/env bash
# loopback_quiet.sh - two engines on lo: every other interface of the machine
# sees none of their packets, whatever the routing table says.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

machine other
cable here va 10.1.0.1/24 other vb 10.1.0.2/24
cable here quiet 10.2.0.1/24 other vc 10.2.0.2/24
ip route add 224.0.0.0/4 dev va
ip route add default via 10.1.0.2
sleep 1 # the kernel's own few, when a link comes up
for interface in va quiet; do
  packets here "$interface" tx
  packets here "$interface" rx
done >"$folder/before"

lo=(--set engine.interface=lo --set stream.link_offset=20ms)
engine here a low-latency "${lo[@]}"
engine here b low-latency --side b "${lo[@]}"
both_ways 5 50
stop a
stop b

for interface in va quiet; do
  packets here "$interface" tx
  packets here "$interface" rx
done >"$folder/after"
diff "$folder/before" "$folder/after" >&2 ||
  fail "packets left on another interface than lo"
[ "$(packets here lo tx)" -gt 100000 ] || fail "what was counted was not lo"
