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

round 1 one two three
say "one of them ends"
stop three
round 2 one two
failed=$(ask s '.modules["transport-rtp"].send_failed')
say "$failed packets were refused"
stop s
stop one
stop two
