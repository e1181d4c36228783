#!/usr/bin/env bash
# discovery_flood.sh - 100,000 announcements of made-up sessions at 20,000 a second,
# from 60,000 addresses, while 64 channels play that were subscribed to by name:
# nothing is wrong, what is silent is explained, memory grows by at most 8 MiB,
# what was there before stays, list answers. Then packets that are none, or were
# announcements once, and a stranger's deletions of everything. Names come out
# escaped.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq
damaged=50000 # of each kind
[ -z "${VSC_LONG:-}" ] || damaged=500000
machine left right
cable left va 10.1.0.1/16 right vb 10.1.0.2/16
to_groups

printf '%s\n' '[engine]' 'interface = auto' '[device]' 'headroom = 480' \
  '[discovery sap]' 'module = discovery-sap' '[stream]' 'when = always' \
  'link_offset = 40ms' >"$folder/plain.ini"
engine left a "$folder/plain.ini" --set 'discovery sap.period=2s'
engine right b "$folder/plain.ini"
names=()
for n in 1 2 3 4 5 6 7 8; do
  "$aes67" publish "stays $n" --instance a --channels $((8 * n - 7))-$((8 * n)) --quiet
  names+=("stays $n")
done
# Only announced.
for n in 9 10 11 12; do
  "$aes67" publish "stays $n" --instance a --channels 1-2 --quiet
  names+=("stays $n")
done

stay() {
  "$aes67" list --json --instance b |
    jq '[.streams[] | select(.name | startswith("stays"))] | length'
}
all_stay() { [ "$(stay)" = ${#names[@]} ]; }
all_play() {
  "$aes67" status --json --instance b |
    jq -e '(.receivers | length) == 8 and all(.receivers[]; .state == "playing")' >/dev/null
}
rss() { awk '/^VmRSS/ { print $2 }' "/proc/${engine_pid[b]}/status"; }
lines() { wc -l <"$folder/b.log"; }
# flood COUNT RATE [WHAT]
flood() {
  local code=0
  on left "$tools/sap-flood" "$1" "$2" 10.1.5.0 10.1.0.1 "${@:3}" >"$folder/flood.log" 2>&1 ||
    code=$?
  [ "$code" != 77 ] || skip "no raw sockets here"
  [ "$code" = 0 ] || fail "sap-flood: $code"
}
received() { ask b '.modules.sap.received'; }

wait_for 100 all_stay || fail "$(stay) of ${#names[@]} are listed"
# Both have the system's clock, which their descriptions cannot know: an engine
# that is late at the first packet would follow it from there.
offsets=()
for n in 1 2 3 4 5 6 7 8; do
  "$aes67" subscribe "stays $n" --instance b --channels $((8 * n - 7))-$((8 * n)) --quiet
  offsets+=(--set "receive stays-$n.rtp_offset=0")
done
"$aes67" configure --instance b "${offsets[@]}" --quiet
wait_for 100 all_play || fail "$("$aes67" status --instance b)"

say "a session that is changed a thousand times a second, in its own name"
number=$("$aes67" list --json --instance b |
  jq -r '.streams[] | select(.name == "stays 3").id | split(" ")[1]')
logged=$(lines)
flood 5000 1000 "$number"
say "  $(($(lines) - logged)) lines in the log"
# Five seconds, and what the machine was late.
[ $(($(lines) - logged)) -le 60 ] || fail "the log was flooded"
wait_for 300 all_play || fail "$("$aes67" status --instance b)"
wait_for 100 all_stay || fail "$(stay) of ${#names[@]} have stayed"

listen b 1 9
play a 1
sleep 1.5
before=$(rss) came=$(received)
flood 100000 20000 &
helpers+=($!)
flooding=$!
: >"$folder/took"
while kill -0 "$flooding" 2>/dev/null; do
  began=$(date +%s%N)
  "$aes67" list --json --instance b >"$folder/list.json"
  echo "$((($(date +%s%N) - began) / 100000))" >>"$folder/took"
  sleep 0.1
done
after=$(rss)
heard b
hush a
middle=$(sort -n "$folder/took" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }')
say "list: $(wc -l <"$folder/took") times, half of them within $((middle / 10)).$((middle % 10)) ms;" \
  "$(jq '.streams | length' "$folder/list.json") streams"
say "memory: $before kB before, $after kB after; $(($(received) - came)) packets taken"
judge a b 0 # a flood takes the time of the machine, not only ours
[ $((after - before)) -le 8192 ] || fail "it grew by $((after - before)) kB"
# 50 ms where the machine is in time: what it was is said above.
[ "$middle" -le 5000 ] || fail "list takes half a second"
all_stay || fail "$(stay) of ${#names[@]} have stayed"
wait_for 50 all_play || fail "$("$aes67" status --instance b)"
[ "$(jq '.streams | length' "$folder/list.json")" -gt 100 ] || fail "nothing was flooded"

say "names are escaped"
"$aes67" list --instance b >"$folder/list.txt"
! grep -q $'\x1b' "$folder/list.txt" "$folder/list.json" || fail "an escape gets out"

say "packets that are none, or no more"
before=$(rss) logged=$(lines)
flood "$damaged" 40000 garbage
flood "$damaged" 40000 damaged
[ $(($(rss) - before)) -le 1024 ] || fail "it grew by $(($(rss) - before)) kB"
[ $(($(lines) - logged)) -le 10 ] || fail "the log has $(($(lines) - logged)) lines more"
all_stay || fail "$(stay) of ${#names[@]} have stayed"

say "a stranger's deletions"
flood 65536 20000 deletion
all_stay || fail "$(stay) of ${#names[@]} have stayed"
wait_for 50 all_play || fail "$("$aes67" status --instance b)"
stop a
stop b
