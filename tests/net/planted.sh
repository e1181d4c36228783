#!/usr/bin/env bash
# planted.sh - "aes67 verify" of a sender with ten faults, one after the other: each
# fails, with the reason that is its own. How punctual this machine is, is judged by
# nobody.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

group=239.69.9.1
# sends [NAME=NUMBER]...: from the left, until "ends".
sends() {
  spawn left "$folder/planted.log" "$tools/planted" $group 10.1.0.1 "$@"
  sender=$!
  helpers+=("$sender")
}
hushes() { kill "$sender" && wait "$sender" || true; }
# described PTIME GRANDMASTER
described() {
  printf '%s\r\n' v=0 'o=- 1 1 IN IP4 10.1.0.1' s=planted "c=IN IP4 $group/32" 't=0 0' \
    'm=audio 5004 RTP/AVP 98' 'a=rtpmap:98 L24/48000/2' "a=ptime:$1" \
    "a=ts-refclk:ptp=IEEE1588-2008:$2:0" a=mediaclk:direct=0 >"$folder/planted.sdp"
}
# verdict SECONDS: 0 is as long as it takes.
verdict() {
  local code=0 long=()
  [ "$1" = 0 ] || long=(--seconds "$1")
  on right "$aes67" verify "$folder/planted.sdp" "${long[@]}" --instance b --json \
    >"$folder/verdict" 2>"$folder/verify.log" || code=$?
  [ "$code" = "$(jq 'if .proof == "fail" then 1 else 0 end' "$folder/verdict")" ] || fail "exit $code"
}
# reason CHECK: of what fails.
reason() { jq -r ".streams[0].checks[] | select(.check == \"$1\" and .verdict == \"fail\").reason" "$folder/verdict"; }
# fails NAME CHECK REASON [NAME=NUMBER]...: with a reason that has these words.
fails() {
  sends "${@:4}"
  verdict 2
  hushes
  is_told "$@"
}
is_told() {
  say "$1: $2: $(reason "$2")"
  reason "$2" | grep -qE "$3" || fail "$1: $(jq -c '.streams[0].checks' "$folder/verdict")"
}

a_cable
is_shipped=yes engine right b low-latency --set stream.when=always \
  --set "receive rx1.address=$group" --set "receive rx1.channels=1-2" --set "receive rx1.link_offset=3ms"
is_leading() { [ "$(clock b state)" = master ]; }
wait_for 200 is_leading || skip "no PTP here: $(clock b diagnosis)"
grandmaster=$(clock b grandmaster)

described 1 "$grandmaster"
sends
verdict 2
hushes
[ "$(jq -r '[.streams[0].checks[] | select(.verdict != "pass") |
  select([.check] | inside(["ts-df", "spacing", "drift", "lead", "loss"]) | not)] | length' \
  "$folder/verdict")" = 0 ] || fail "clean: $(cat "$folder/verdict")"

fails "bursts" ts-df "bursts$" burst=25
fails "5 ms behind" lead "after their media time, .*: late$" ahead=-5000
fails "5 ms ahead" lead "some before it$" ahead=5000
fails "no DSCP" dscp "^0: switches look for" dscp=0
fails "TTL 1" ttl "^1 seen" ttl=1
fails "1 % lost" loss "^[0-9]+ of [0-9]+ packets are missing" drop=100
fails "some late" lead ": late" late=4
sends ssrc=99
second=$sender
fails "a second sender" sender "^10.1.0.1 sends there, too"
kill "$second"
described 0.125 "$grandmaster"
fails "another packet time" format "^packets of 1 ms \(48 frames\), described as 6 frames$"
described 1 00-11-22-FF-FE-33-44-55
fails "another grandmaster" clock "^another grandmaster"

described 1 "$grandmaster"
sends ppm=20
for attempt in 1 2 3; do # a busy machine may drift as much the other way
  verdict 0
  [ -z "$(reason drift)" ] || break
  say "attempt $attempt: $(jq -c '.streams[0].figures | .drift_ppm, .drift_error_ppm' "$folder/verdict")"
done
hushes
is_told "20 ppm" drift "^\+[0-9.]+ ppm against our clock"
stop b
