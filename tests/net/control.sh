#!/usr/bin/env bash
# control.sh - everything that is asked of a running engine and told to it, while
# 64 channels play: what does not concern a stream does not touch it.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

# status INSTANCE: a machine that stalls makes an engine that plays degraded.
status() {
  local code=0
  timeout 20 "$aes67" status --json --instance "$1" >"$folder/out" 2>"$folder/err" </dev/null || code=$?
  [ "$code" = 0 ] || [ "$code" = 3 ] || fail "aes67 status: exit $code: $(cat "$folder/err")"
}

# is FILTER: true of the JSON that was printed last.
is() {
  jq -e "$1" "$folder/out" >/dev/null ||
    fail "not so: $1: $(head -c 2000 "$folder/out")"
}

say "no engine"
for words in status stats clock "sdp show tx1" "route show" \
  "configure --log-level debug" "route set rx1 1>1" "play /dev/null --format s24le --channels 2"; do
  # shellcheck disable=SC2086 # words
  exits 4 $words --instance b
  grep -q 'aes67 run' "$folder/err" || fail "$words: no next step: $(cat "$folder/err")"
done
exits 2 no-such-command
exits 2 status --no-such-option

say "what needs no engine"
exits 0 version --json
is '.schema == "vsc.version/1" and (.version | test("^[0-9]+\\.[0-9]+\\.[0-9]+"))'
exits 0 module list --json
is '[.modules[] | select(.problem == "") | .name] | contains(["clock-system", "codec-l16", "codec-l24", "transport-rtp", "discovery-static"])'
exits 0 module check "$VSC_BUILD/modules/codec-l16.so"
exits 0 profile list --json
is '[.profiles[].name] | contains(["low-latency", "interop", "broadcast", "mirror", "dante", "wide"])'
for profile in low-latency interop broadcast mirror dante; do
  exits 0 profile check $profile --json
  is '.ok and .sends == 8 and .receives == 8'
  exits 0 profile show $profile
done
exits 0 profile check wide --json
is '.ok and .sends == 2 and .receives == 2'
exits 5 profile show no-such-profile
printf '[stream]\nttl = 0\n' >"$folder/bad.ini"
exits 2 profile check "$folder/bad.ini"
grep -q 'bad.ini:2: ttl: "0" is not in 1..255' "$folder/err" || fail "$(cat "$folder/err")"

say "a running engine"
a_cable
offset=(--set stream.link_offset=20ms)
engine left a interop "${offset[@]}"
engine right b interop --side b "${offset[@]}"
status b
is '.schema == "vsc.status/1" and .instance == "b" and .profile == "interop" and .state == "running"'
is '(.receivers | length) == 8 and (.senders | length) == 8 and .device.inputs == 64'
is 'all(.receivers[]; .state == "waiting" and .link_offset_ns == 20000000 and .packet_time_ns == 1000000)'
exits 0 stats --instance b --json
is '.schema == "vsc.stats/1" and (.modules | has("clock"))'

# Three clocks at once, on a straight line.
exits 0 clock --sample 5 --instance b
awk '{ m[NR] = $1 - first; if (NR == 1) { first = $1; m[1] = 0; tai = $2; ptp = $3 }
       t[NR] = $2 - tai; p[NR] = $3 - ptp
       if (NF != 3 || (NR > 1 && (m[NR] < m[NR-1] + 90000000 || p[NR] <= p[NR-1])))
         bad = "line " NR }
     END {
       if (NR != 5) bad = NR " lines"
       for (i = 2; i < NR; i++) {
         off = p[i] - p[NR] / m[NR] * m[i]
         if (off > 1000 || off < -1000) bad = "line " i " is " off " ns off"
       }
       if (bad) { print bad; exit 1 } }' "$folder/out" >"$folder/why" ||
  fail "clock --sample: $(cat "$folder/why" "$folder/out")"

say "while it plays"
listen b 1 22
play a 1
sleep 1
are_heard() {
  status b
  jq -e 'all(.receivers[]; .state == "playing" or .state == "degraded")' "$folder/out" >/dev/null
}
wait_for 100 are_heard || fail "not all play: $(jq -c .receivers "$folder/out")"
is '.clients | length == 1 and .[0].reads == "1-64" and .[0].last_write_ago_ms == -1'
is '.cpu_percent > 0 and .cpu_percent < 100'
status a
is '.clients | length == 1 and .[0].writes == "1-64" and .[0].last_write_ago_ms >= 0 and
  (.[0].fill_frames | type == "number" and . <= 8192)'

exits 0 sdp show tx1 --instance a
cp "$folder/out" "$folder/tx1.sdp"
exits 0 sdp check "$folder/tx1.sdp" --json
is '.ok and .streams[0] == (.streams[0] + {encoding: "L24", rate: 48000, channels: 8, payload_type: 96, address: "239.69.1.1", port: 5004, ttl: 32, packet_time_ns: 1000000, rtp_offset: 0})'
exits 5 sdp show no-such-stream --instance a
echo 'v=1' >"$folder/bad.sdp"
exits 1 sdp check "$folder/bad.sdp"

exits 0 configure --log-level debug --instance b
exits 0 profile show interop --effective --instance b
grep -q '^log_level = debug.*b\.ini' "$folder/out" || fail "log_level is not kept: $(grep log_level "$folder/out")"
exits 2 configure --log-level loud --instance b
exits 2 configure --instance b
exits 2 configure --set "receive rx1.ttl=0" --instance b

say "routes"
exits 0 route export --instance b
cp "$folder/out" "$folder/routes"
exits 2 route set rx1 "1>99" --instance b
exits 2 route set rx1 "1>9" --instance b
exits 5 route set no-such-stream "1>1" --instance b
exits 0 route set rx1 "1>2, 2>1, 3>3, 4>4, 5>5, 6>6, 7>7, 8>8" --instance b
exits 0 route show --instance b --json
is '.routes[] | select(.stream == "rx1") | .map | test("1>2")'
listen b.swapped 1 2 2,1,3,4,5,6,7,8
heard b.swapped
exits 0 route import "$folder/routes" --instance b
listen b.back 1 2
heard b.back

# From the middle: on side b, too, the others keep their addresses.
say "a stream less, a stream more"
exits 2 configure --set "receive rx9.address=239.69.9.1" --set "receive rx9.channels=25-32" --instance b
grep -q 'rx4' "$folder/err" || fail "who has the inputs is not told: $(cat "$folder/err")"
exits 0 configure --set "send tx9.address=239.69.9.1" --set "send tx9.channels=1-8" --instance a
exits 0 configure --remove "receive rx4" --set "receive rx9.address=239.69.9.1" \
  --set "receive rx9.channels=25-32" --instance b
status b
is '[.receivers[].name] == ["rx1", "rx2", "rx3", "rx5", "rx6", "rx7", "rx8", "rx9"]'
is '[.receivers[].address] == ["239.69.1.1:5004", "239.69.1.2:5004", "239.69.1.3:5004", "239.69.1.5:5004", "239.69.1.6:5004", "239.69.1.7:5004", "239.69.1.8:5004", "239.69.9.1:5004"]'
sleep 1
listen b.nine 1 2 "$(seq -s, 1 24),$(seq -s, 1 8),$(seq -s, 33 64)"
heard b.nine
kill -0 "${listener_pid[b]}" || fail "the long recording is over"
heard b
hush a
# What rx9 lost says nothing about rx4, in whose place it is.
judge a b.swapped 50 1 2 3 5 6 7 8
judge a b.back 50 1 2 3 5 6 7 8
judge a b.nine 50
judge a b 50 2 3 5 6 7 8

say "after a restart"
stop b
engine right b interop --side b "${offset[@]}"
status b
is '[.receivers[].name] == ["rx1", "rx2", "rx3", "rx5", "rx6", "rx7", "rx8", "rx9"]'
exits 0 configure --remove "receive rx9" --set "receive rx4.enabled=yes" --instance b
status b
is '[.receivers[].name] == ["rx1", "rx2", "rx3", "rx4", "rx5", "rx6", "rx7", "rx8"]'

say "degraded"
listen b.alone 1 4
play a 1
sleep 1.5
hush a
stop a
sleep 1
exits 3 status --instance b --json
is '.state == "degraded" and .receivers[0].state == "silent" and .receivers[0].reason != ""'
heard b.alone
stop b

say "another profile, domain and interface"
cable left vc 10.2.0.1/24 right vd 10.2.0.2/24
is_shipped=yes engine left c interop --set engine.interface=va
# becomes FILTER: an engine that starts again is away for a moment.
becomes() { "$aes67" status --json --instance c 2>/dev/null | jq -e "$1" >/dev/null; }
exits 0 configure --ptp-domain 127 --interface vc --instance c
wait_for 300 becomes '.clock.domain == 127' || fail "$(cat "$folder/c.log")"
exits 0 profile show interop --effective --instance c
grep -q '^interface = vc.*c\.ini' "$folder/out" || fail "$(grep interface "$folder/out")"
exits 2 configure --ptp-domain 128 --instance c
exits 0 configure --profile broadcast --instance c
wait_for 300 becomes '.profile == "broadcast" and .clock.domain == 127 and .device.buffer == 128' ||
  fail "$("$aes67" status --json --instance c)"
stop c
