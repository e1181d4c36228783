#!/usr/bin/env bash
# legs.sh - an ST 2022-7 session on two networks: each leg is joined on its own
# interface only, what is heard is exact while one cable is pulled and the other
# one later, and both are counted; on one interface both legs are joined there.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

on_a_switch left right
# The switch stands for both networks.
cable right eth1 10.1.1.2/24 switch to-second 192.0.2.9/32
on switch ip addr flush dev to-second
on switch ip link set to-second master br0
sleep 1

{
  printf '%s\n' 'v=0' 'o=- 7 1 IN IP4 10.1.0.1' 's=legs' 't=0 0' 'a=group:DUP one two'
  for leg in one two; do
    printf '%s\n' 'm=audio 5004 RTP/AVP 96' \
      "c=IN IP4 239.69.7.$([ $leg = one ] && echo 1 || echo 2)/32" \
      'a=rtpmap:96 L24/48000/8' 'a=ptime:1' 'a=mediaclk:direct=0' "a=mid:$leg"
  done
} >"$folder/legs.sdp"
printf '%s\n' '[engine]' 'interface = eth0' '[device]' 'headroom = 480' '[stream]' \
  'when = always' 'link_offset = 40ms' >"$folder/plain.ini"
engine left a "$folder/plain.ini" --set 'send one.channels=1-8' \
  --set 'send one.address=239.69.7.1' --set 'send two.channels=1-8' \
  --set 'send two.address=239.69.7.2'

count() { ask b ".receivers[0].$1"; }
groups() { on right ip maddr show dev "$1" | grep -c "239.69.7.$2" || true; }
comes() { [ "$(count copies)" -gt "$1" ]; }
say "two networks"
engine right b "$folder/plain.ini" --set engine.interface_secondary=eth1
"$aes67" subscribe --sdp "$folder/legs.sdp" --instance b --channels 1-8 --quiet
wait_for 200 comes 0 || fail "nothing comes on the second leg"
[ "$(groups eth0 1)$(groups eth0 2)$(groups eth1 1)$(groups eth1 2)" = 1001 ] ||
  fail "joined: $(on right ip maddr show)"
{ on right "$aes67" verify legs --instance b --seconds 1 --json >"$folder/verified" || [ $? = 1 ]; } &
helpers+=($!)
verifier=$!
sleep 0.5
[ "$(groups eth0 2)$(groups eth1 1)" = 00 ] || fail "an observer joined the other network"
wait "$verifier" || fail "verify ended with $?"
[ "$(jq -c '[.streams[] | [.name, .figures.packets > 0]]' "$folder/verified")" = \
  '[["legs",true],["legs (second leg)",true]]' ] || fail "verify: $(cat "$folder/verified")"
listen b.cut 1 8
play a 1
sleep 2
on right ip link set eth1 down
sleep 1
before=$(count copies)
on right ip link set eth1 up
sleep 1
wait_for 300 comes "$before" || fail "the second leg has not come back"
on right ip link set eth0 down
sleep 1 # what was on the way is counted
before=$(count copies)
sleep 1
wait_for 300 comes "$before" || fail "nothing comes on the second leg alone"
heard b.cut
hush a
say "lost $(count lost), copies $(count copies), duplicate $(count duplicate)"
judge a b.cut 80 1
"$aes67" unsubscribe "$folder/legs.sdp" --instance b --quiet
stop b

on right ip link set eth0 up
say "listed once, with both"
mkdir "$folder/found"
cp "$folder/legs.sdp" "$folder/found"
engine right b "$folder/plain.ini" --set 'discovery folder.module=discovery-static' \
  --set "discovery folder.folder=$folder/found"
[ "$("$aes67" list --json --instance b | jq -r '.streams | map("\(.name) \(.address) \(.copy_address)") | join(",")')" = \
  'legs 239.69.7.1 239.69.7.2' ] || fail "$("$aes67" list --json --instance b)"
"$aes67" list --verbose --instance b >"$folder/list"
grep -q 'second leg 239.69.7.2:5004' "$folder/list" || fail "list does not tell it"
"$aes67" sdp show legs --instance b >"$folder/shown"
[ "$(grep -c '^m=audio' "$folder/shown")" = 2 ] || fail "sdp show has one leg"
"$aes67" subscribe legs --instance b --channels 1-8 --quiet
wait_for 200 comes 0 || fail "nothing comes on the second leg"
"$aes67" unsubscribe legs --instance b --quiet
stop b

say "one network"
engine right b "$folder/plain.ini" --set engine.interface=eth1
"$aes67" subscribe --sdp "$folder/legs.sdp" --instance b --channels 1-8 --quiet
wait_for 200 comes 0 || fail "nothing comes on the second leg"
[ "$(groups eth1 1)$(groups eth1 2)" = 11 ] || fail "joined: $(on right ip maddr show)"
stop b
stop a
