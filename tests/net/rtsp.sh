#!/usr/bin/env bash
# rtsp.sh - two machines: what one publishes the other subscribes to by its URL and
# hears bit-exact; it is followed to another address while its neighbours play on
# without a missing frame, over restarts of both sides; a URL that leads nowhere
# says so.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq
a_cable
to_groups

printf '%s\n' '[engine]' 'interface = auto' '[device]' 'headroom = 480' \
  '[discovery mdns]' 'module = discovery-mdns' \
  '[stream]' 'when = always' 'link_offset = 40ms' >"$folder/plain.ini"

url=rtsp://10.1.0.1:8854/by-name/Stage%20%22A%22
field() { "$aes67" status --json --instance b | jq -r ".receivers[] | select(.name == \"$1\") | .$2"; }
is_at() { [ "$(field "$1" address)" = "$2" ]; }
says() { [[ $(field "$1" reason) == *"$2"* ]]; }

say "a URL that leads nowhere says why"
engine right b "$folder/plain.ini"
"$aes67" subscribe "$url" --instance b --channels 1-8 2>"$folder/subscribe.log" ||
  fail "$(cat "$folder/subscribe.log")"
name=$(ask b '.receivers[0].name')
[ "$name" = Stage-A- ] || fail "it is called $name"
wait_for 100 says "$name" '10.1.0.1:8854: Connection refused' ||
  fail "it says: $(field "$name" reason)"
[ "$(field "$name" state)" = waiting ] || fail "it is $(field "$name" state)"
for wrong in rtsp://mixer.local/by-name/x ftp://10.1.0.1/ 'rtsp://10.1.0.1/a b'; do
  exits 2 subscribe "$wrong" --instance b
done
"$aes67" subscribe http://10.1.0.9:8000/x.sdp --instance b --channels 57-64 --quiet

say "and plays when there is one"
engine left a "$folder/plain.ini"
"$aes67" publish 'Stage "A"' --instance a --channels 1-8 --address 239.69.7.1 --quiet
"$aes67" publish other --instance a --channels 9-16 --address 239.69.7.3 --quiet
"$aes67" subscribe rtsp://10.1.0.1:8854/by-name/other --instance b \
  --channels 9-16 --quiet
wait_for 400 is_playing b "$name" || fail "it says: $(field "$name" reason)"
wait_for 400 is_playing b other || fail "other says: $(field other reason)"
is_at "$name" 239.69.7.1:5004 || fail "from $(field "$name" address)"

say "bit-exact, and followed to another address while the other plays on"
play a 1
listen b 1 "$((seconds + 2))"
sleep 4
"$aes67" publish 'Stage "A"' --instance a --channels 1-8 --address 239.69.7.2 --quiet
wait_for 100 is_at "$name" 239.69.7.2:5004 || fail "still at $(field "$name" address)"
heard b
hush a
judge a b 90 2
# On its way from one group to the other a second may be lost, nothing else.
detour_silent=48000 judge a b 50 1
wait_for 100 is_playing b "$name" || fail "it says: $(field "$name" reason)"
[ "$(ask b '.receivers[] | select(.name == "other") | .malformed + .foreign')" = 0 ] ||
  fail "the other has had something else"

say "the source restarts"
stop a
wait_for 100 says "$name" 'packets have stopped' || fail "it is $(field "$name" state)"
engine left a "$folder/plain.ini"
wait_for 600 is_playing b "$name" || fail "it says: $(field "$name" reason)"

say "the engine restarts"
stop b
engine right b "$folder/plain.ini"
wait_for 600 is_playing b "$name" || fail "it says: $(field "$name" reason)"

say "by number"
id=$("$aes67" list --json --instance a | jq -r '.streams[] | select(.name == "other") | .id | split(" ")[1]')
"$aes67" subscribe "rtsp://10.1.0.1:8854/by-id/$id" --instance b --channels 17-24 --quiet
wait_for 400 is_playing b "$id" || fail "it says: $(field "$id" reason)"

say "a source that is withdrawn"
"$aes67" unpublish other --instance a --quiet
wait_for 600 says other 'its host knows no such session (404)' ||
  fail "it says: $(field other reason)"

say "unsubscribed"
"$aes67" unsubscribe "$url" --instance b --quiet
[ "$(ask b '[.receivers[] | select(.name == "Stage-A-")] | length')" = 0 ] ||
  fail "there is still a receiver"
[ "$(grep -c 'is tried again' "$folder/b.log")" -le 6 ] || fail "the log is flooded"

# listens AABBCCDD [PORT]: backwards, and where our server is found in /proc.
listens() { on left grep -q "$1:$(printf %04X "${2:-8854}") 00000000:0000 0A" /proc/net/tcp; }
say "a port that is taken, and one that is asked for"
listens 0100010A || fail "it is not where it should be"
! grep -q ' is taken' "$folder/a.log" || fail "$(cat "$folder/a.log")"
engine left c "$folder/plain.ini"
port=$(sed -n 's/.*info: mdns: TCP port 8854 is taken: RTSP is at \([0-9]*\)$/\1/p' "$folder/c.log")
listens 0100010A "${port:-0}" || fail "it is not at \"$port\": $(cat "$folder/c.log")"
"$aes67" publish third --instance c --channels 1-8 --address 239.69.7.5 --quiet
"$aes67" subscribe "rtsp://10.1.0.1:$port/by-name/third" --instance b --channels 25-32 --quiet
wait_for 400 is_playing b third || fail "it says: $(field third reason)"
stop c
engine left c "$folder/plain.ini" --set "discovery mdns.rtsp_port=8900"
listens 0100010A 8900 || fail "it is not where it was told to be"
! grep -q ' is taken' "$folder/c.log" || fail "$(cat "$folder/c.log")"
stop c
stop b

say "an address that changes: the server is there, and no more where it was"
has_moved() { listens 0700010A && ! listens 0100010A; }
on left ip addr add 10.1.0.7/24 dev va
on left ip addr del 10.1.0.1/24 dev va
on left ip addr add 10.1.0.7/24 dev va 2>/dev/null || true
wait_for 200 has_moved || fail "it is at $(on left cat /proc/net/tcp)"
stop a
on left ip addr add 10.1.0.1/24 dev va
on left ip addr del 10.1.0.7/24 dev va
on left ip route replace 224.0.0.0/4 dev va

say "without an interface nothing is opened"
engine left c "$folder/plain.ini" --set engine.interface=
"$aes67" publish mute --instance c --channels 1-2 --address 239.69.7.9 --quiet
# 06 is what connections of before leave for a minute.
on left cat /proc/net/tcp | awk 'NR > 1 && $4 != "06"' >"$folder/tcp"
[ ! -s "$folder/tcp" ] || fail "there are TCP sockets: $(cat "$folder/tcp")"
stop c
