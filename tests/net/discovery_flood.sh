#!/usr/bin/env bash
# discovery_flood.sh - 100,000 announcements of made-up sessions at 20,000 a second,
# from 60,000 addresses: memory grows by at most 8 MiB, what was there before stays
# and plays, list answers; then packets that are none, and a stranger's deletion.
# Names come out escaped.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq
malformed=100000
[ -z "${VSC_LONG:-}" ] || malformed=1000000
machine left right
cable left va 10.1.0.1/16 right vb 10.1.0.2/16
on left ip route add 224.0.0.0/4 dev va
on right ip route add 224.0.0.0/4 dev vb

printf '%s\n' '[engine]' 'interface = auto' '[device]' 'headroom = 480' \
  '[discovery sap]' 'module = discovery-sap' '[stream]' 'when = always' \
  'link_offset = 40ms' >"$folder/plain.ini"
engine right b "$folder/plain.ini"
engine left a "$folder/plain.ini"
for n in 1 2 3 4 5 6 7 8; do
  "$aes67" publish "stays $n" --instance a --channels 1-2 --quiet
done

stay() {
  "$aes67" list --json --instance b |
    jq '[.streams[] | select(.name | startswith("stays"))] | length'
}
all_stay() { [ "$(stay)" = 8 ]; }
is_playing() { [ "$(ask b '.receivers[0].state')" = playing ]; }
rss() { awk '/^VmRSS/ { print $2 }' "/proc/${engine_pid[b]}/status"; }
# flood COUNT RATE [WHAT]
flood() {
  on left "$tools/sap-flood" "$1" "$2" 10.1.5.0 10.1.0.1 "${@:3}" >"$folder/flood.log" 2>&1 ||
    [ $? != 77 ] || skip "no raw sockets here"
}

wait_for 100 all_stay || fail "$(stay) of 8 are listed"
"$aes67" subscribe 'stays 3' --instance b --channels 1-2 --quiet
wait_for 100 is_playing || fail "it is $(ask b '.receivers[0].state')"
lost=$(ask b '.receivers[0].lost')
before=$(rss)
flood 100000 20000 &
helpers+=($!)
flooding=$!
while kill -0 "$flooding" 2>/dev/null; do
  began=$(date +%s%N)
  "$aes67" list --json --instance b >"$folder/list.json"
  say "  list: $((($(date +%s%N) - began) / 1000000)) ms," \
    "$(jq '.streams | length' "$folder/list.json") streams"
  sleep 1
done
after=$(rss)
say "memory: $before kB before, $after kB after; lost meanwhile:" \
  "$(($(ask b '.receivers[0].lost') - lost)) packets"
[ $((after - before)) -le 8192 ] || fail "it grew by $((after - before)) kB"
all_stay || fail "$(stay) of 8 have stayed"
is_playing || fail "it is $(ask b '.receivers[0].state')"
[ "$(jq '.streams | length' "$folder/list.json")" -gt 100 ] || fail "nothing was flooded"

say "names are escaped"
"$aes67" list --instance b >"$folder/list.txt"
! grep -q $'\x1b' "$folder/list.txt" "$folder/list.json" || fail "an escape gets out"

say "packets that are none"
before=$(rss) lines=$(wc -l <"$folder/b.log")
flood "$malformed" 40000 garbage
[ $(($(rss) - before)) -le 1024 ] || fail "it grew by $(($(rss) - before)) kB"
[ $(($(wc -l <"$folder/b.log") - lines)) -le 10 ] || fail "the log was flooded"
all_stay || fail "$(stay) of 8 have stayed"
stop a
stop b
