#!/usr/bin/env bash
# link_returns.sh - the receiver's link goes down and comes back while 64 channels
# play, then its address goes and another comes: the groups are joined again, and
# within 2 s the sound is exact.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

a_cable
engine left a interop --set stream.link_offset=20ms
engine right b interop --side b --set stream.link_offset=20ms

groups() { on right ip maddr show dev vb | grep -c '239\.69\.' || true; }

# Within 2 s of the mending, half of what is heard is exact.
returns() {
  sleep 2
  [ "$(groups)" = 8 ] || fail "$1: $(groups) groups are joined, not 8"
  listen "b.$1" 1 2
  heard "b.$1"
}

listen b 1 18
play a 1
sleep 2
[ "$(groups)" = 8 ] || fail "$(groups) groups are joined, not 8"
on right ip link set vb down
sleep 1
on right ip link set vb up
returns link
on right ip addr del 10.1.0.2/24 dev vb
sleep 1
on right ip addr add 10.1.0.2/24 dev vb
returns address
on right ip addr del 10.1.0.2/24 dev vb
on right ip addr add 10.1.0.7/24 dev vb
returns another
heard b
hush a
for word in link address another; do
  judge a "b.$word" 50
done
judge a b 10
stop a
stop b
