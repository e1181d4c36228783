#!/usr/bin/env bash
# two_nics.sh - a machine on two networks: the streams of an engine on one put no
# packet on the other; a group that is on both is received once by each; and when
# one goes down, the engine on the other goes on exactly.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

machine left middle right
cable left va 10.1.0.1/24 middle near 10.1.0.2/24
cable right vb 10.2.0.1/24 middle far 10.2.0.2/24
# What a socket that names no interface would take.
on middle ip route add 224.0.0.0/4 dev far
on middle ip route add default via 10.2.0.1
sleep 1

offset=(--set stream.link_offset=20ms)
counts() { packets middle far tx && packets middle far rx; }

say "an engine on one network"
counts >"$folder/before"
engine left l interop "${offset[@]}"
engine middle m interop --side b "${offset[@]}" --set engine.interface=near
listen m 1 3
play l 1
play m 2
heard m
hush l
hush m
judge l m 50
counts >"$folder/after"
diff "$folder/before" "$folder/after" >&2 || fail "packets on the other network"
[ "$(packets middle near tx)" -gt 5000 ] || fail "nothing was sent on its own"

say "the same groups on both"
engine right r interop "${offset[@]}"
engine middle n interop --side b "${offset[@]}" --set engine.interface=far
listen m 1 "$seconds"
listen n 3 3
play l 1
play r 3
heard n
hush r
judge r n 50
play r 3
sleep 1
say "one of them goes down"
on middle ip link set far down
heard m
hush l
hush r
judge l m 50
for instance in m n; do
  strange=$(ask $instance '[.receivers[] | .foreign + .duplicate + .restarted] | add')
  [ "$strange" = 0 ] || fail "$instance: $strange packets were foreign, twice or a restart"
done
grep -q 'far: the link is down' "$folder/n.log" ||
  fail "the engine does not say that its interface is down"
! grep -q 'is down' "$folder/m.log" || fail "the other engine's interface is not down"
for instance in l m n r; do
  stop $instance
done
