#!/usr/bin/env bash
# many_hosts.sh - "address = a, b, c": two streams to three machines, packet by
# packet to each, and to one that is not there; what they hear is exact, and goes on
# to be so when one of them ends and its machine refuses the packets.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "${VSC_SOURCE:?where the sources are}/tests/net/world.sh"
need jq
on_a_switch studio one two three

hosts="10.1.0.2, 10.1.0.3, 10.1.0.4, 10.1.0.99"
engine studio s interop --set "send tx1.address=$hosts" --set "send tx2.address=$hosts" \
  --set "send tx2.port=5006"
number=2
for name in one two three; do
  engine "$name" "$name" interop --set stream.link_offset=20ms \
    --set "receive rx1.address=10.1.0.$number" \
    --set "receive rx2.address=10.1.0.$number" --set "receive rx2.port=5006"
  number=$((number + 1))
done
also=$(ask s '.senders[0] | [.address] + .also | join(" ")')
[ "$also" = "10.1.0.2:5004 10.1.0.3:5004 10.1.0.4:5004 10.1.0.99:5004" ] ||
  fail "status shows \"$also\""
"$aes67" status --instance s >"$folder/words" || true
grep -q 'and to 10.1.0.3:5004' "$folder/words" || fail "$(cat "$folder/words")"

# round SEED MACHINE...
round() {
  local seed=$1 name
  shift
  for name in "$@"; do
    listen "$name" "$seed" "$seconds"
  done
  play s "$seed"
  for name in "$@"; do
    heard "$name"
  done
  hush s
  for name in "$@"; do
    judge s "$name" 90 1 2
  done
}

sent() { ask s '[.senders[].packets] | add'; }
# refused: datagrams to ports that nobody had, on each machine.
refused() {
  local name
  for name in one two three; do
    datagrams "$name" NoPorts
  done
}

round 1 one two three
say "one of them ends"
stop three
sent=$(sent)
mapfile -t before < <(refused)
round 2 one two
sent=$((($(sent) - sent) / 4)) # to each
mapfile -t after < <(refused)
failed=$(ask s '.modules["transport-rtp"].send_failed')
n=$((after[2] - before[2]))
say "$sent packets to each, $n refused by who has ended, $failed not sent"
if [ "$n" -gt "$sent" ] || [ "$n" -lt $((sent / 2)) ]; then
  fail "it is not sent to any longer, or not to it alone"
fi
# Who listens refuses what comes before its application opens and after it closes:
# seconds, where the machine is busy.
for n in 0 1; do
  [ $((after[n] - before[n])) -lt $((sent / 2)) ] || fail "$((after[n] - before[n])) refused"
done
stop s
stop one
stop two
