#!/usr/bin/env bash
# xdp.sh - senders that pass by the kernel's UDP ([transport rtp] xdp = yes): 64
# channels each way, exact; a link that goes down and comes back; where AF_XDP is not
# permitted that is said in one line and packets go the ordinary way, as those to
# hosts always do.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

xdp=(--set "transport rtp.xdp=yes")
offset=(--set stream.link_offset=20ms)
# udp MACHINE: datagrams that its kernel has sent.
udp() { on "$1" cat /proc/net/snmp | awk '/^Udp: [0-9]/ { print $5 }'; }
sent() { ask "$1" '[.senders[].packets] | add'; }
is_up() { grep -q ': the link is up' "$folder/$1.log"; }
said_past() { grep -q 'past the kernel.s UDP (AF_XDP)' "$folder/$1.log"; }

# A second command, for engines that may not have AF_XDP.
cat >"$folder/unpermitted" <<END
#!/bin/sh
exec setpriv --bounding-set=-net_raw --inh-caps=-net_raw $aes67 "\$@"
END
chmod +x "$folder/unpermitted"

a_cable
engine left a low-latency "${xdp[@]}" "${offset[@]}" --set stream.when=always
if ! said_past a; then
  grep 'AF_XDP' "$folder/a.log" >&2 || fail "it says nothing about AF_XDP"
  skip "no AF_XDP here"
fi
engine right b low-latency --side b "${xdp[@]}" "${offset[@]}"

say "64 channels each way"
before=$(udp left)
both_ways "$seconds" 50
ordinary=$(($(udp left) - before))
packets=$(sent a)
say "$packets packets, $ordinary datagrams of the kernel"
[ "$packets" -gt 50000 ] || fail "too few packets were sent"
[ "$ordinary" -lt 1000 ] || fail "packets went through the kernel's UDP"
[ "$(ask a '.modules["transport-rtp"].send_failed')" = 0 ] || fail "packets were refused"

say "the link goes down and comes back"
on left ip link set va down
sleep 1
on left ip link set va up
for instance in a b; do
  wait_for 100 is_up $instance || fail "the link does not come back"
done
before=$(udp left)
both_ways 3 50
[ $(($(udp left) - before)) -lt 1000 ] || fail "packets go through the kernel's UDP"
stop a

say "to one host the ordinary way"
engine left a low-latency "${xdp[@]}" --set "send tx8.address=10.1.0.2" --set stream.when=always
before=$(udp left)
sleep 2
ordinary=$(($(udp left) - before))
packets=$(sent a)
say "$packets packets, $ordinary datagrams of the kernel"
[ $((ordinary * 4)) -lt "$packets" ] || fail "others go this way, too"
[ $((ordinary * 40)) -gt "$packets" ] || fail "those to the host do not"
stop a

if ! command -v setpriv >/dev/null; then
  say "no setpriv: without permission is not tried"
else
  say "without permission"
  aes67=$folder/unpermitted engine left a low-latency "${xdp[@]}" "${offset[@]}" --set stream.when=always
  ! said_past a || fail "it is said to be there"
  [ "$(grep -c 'no permission for AF_XDP: .*cap_net_raw' "$folder/a.log")" = 1 ] ||
    fail "it does not say so in one line"
  one_way 3 50
  stop a
fi
stop b
