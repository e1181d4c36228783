#!/usr/bin/env bash
# wide.sh - the profile wide: 64 channels of noise each way between two engines, as
# two streams of 32 channels, exact; and a packet that does not fit into Ethernet is
# told before anything starts.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq
# shellcheck disable=SC2034 # of world.sh
group=32

a_cable
# An ordinary user's engine may stall: here it is exactness that counts.
engine left a wide --set stream.link_offset=20ms
engine right b wide --side b --set stream.link_offset=20ms
both_ways "$seconds" 50
for instance in a b; do
  [ "$(ask $instance '[.receivers[] | .channels] | join(" ")')" = "1-32 33-64" ] ||
    fail "$instance receives other streams"
  [ "$(ask $instance '[.senders[] | select(.packets > 1000)] | length')" = 2 ] ||
    fail "$instance sends other streams"
done
stop a
stop b

exits 2 run wide --set engine.interface=lo --set device.rate=96000
grep -q 'packet_time' "$folder/err" || fail "it does not say why: $(cat "$folder/err")"
