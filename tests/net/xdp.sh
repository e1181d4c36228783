#!/usr/bin/env bash
# xdp.sh - senders that pass by the kernel's UDP ([transport rtp] xdp = yes): 64
# channels each way, exact; frames that tshark finds no fault with; a link that goes
# down and comes back; where AF_XDP is impossible or not permitted it is said in one
# line and packets go the ordinary way, and so do those to hosts.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

xdp=(--set "transport rtp.xdp=yes")
offset=(--set stream.link_offset=20ms)
# udp MACHINE: datagrams that its kernel has sent.
udp() { on "$1" awk '/^Udp: [0-9]/ { print $5 }' /proc/net/snmp; }
sent() { ask "$1" '[.senders[].packets] | add'; }
said_past() { grep -q 'past the kernel.s UDP (AF_XDP)' "$folder/$1.log"; }

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
[ "$(sent a)" -gt 50000 ] || fail "only $(sent a) packets were sent"
[ "$ordinary" -lt 1000 ] || fail "$ordinary packets went through the kernel's UDP"
cat "$folder/a.log"
stop a
stop b
