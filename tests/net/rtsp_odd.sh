#!/usr/bin/env bash
# rtsp_odd.sh - a server that speaks RTSP as real devices do: in pieces, without
# CSeq, with an ANNOUNCE that names nothing; then one that lies. Then strangers who
# speak to our server: it answers what it can, and goes on.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq
a_cable
to_groups
printf '%s\n' '[engine]' 'interface = auto' '[device]' 'headroom = 480' \
  '[discovery mdns]' 'module = discovery-mdns' '[stream]' 'when = always' \
  >"$folder/plain.ini"

# of RECEIVER KEY: by its number.
of() { "$aes67" status --json --instance b | jq -r ".receivers[$1].$2"; }
address() { of 0 address; }
reason() { of 0 reason; }
# is_at GROUP [RECEIVER]
is_at() { [ "$(of "${2:-0}" address)" = "239.69.9.$1:5004" ]; }
has_heard() { grep -q "$1" "$folder/odd.log"; }

engine right b "$folder/plain.ini"
spawn left "$folder/odd.log" "$tools/odd-rtsp" 10.1.0.1 8554
helpers+=($!)
spawn left "$folder/http.log" "$tools/odd-rtsp" 10.1.0.1 8000 http
helpers+=($!)
"$aes67" subscribe rtsp://10.1.0.1:8554/by-id/13 --instance b --channels 1-2 --quiet
"$aes67" subscribe http://10.1.0.1:8000/sdp/web.sdp --instance b --channels 3-4 --quiet

say "a description in pieces"
wait_for 300 is_at 1 || fail "it is at $(address): $(reason)"
wait_for 300 is_at 5 1 || fail "over HTTP it is at $(of 1 address): $(of 1 reason)"
say "an ANNOUNCE that names nothing"
wait_for 300 is_at 2 || fail "it is at $(address): $(reason)"
wait_for 100 has_heard '^RTSP/1.0 200 OK' || fail "it was not answered"
say "nonsense, endless lengths, and what is not there; then again"
wait_for 900 is_at 3 || fail "it is at $(address): $(reason)"
has_heard 'connection 4' || fail "it has not come back so often"
[ "$(grep -c 'is tried again' "$folder/b.log")" = 1 ] ||
  fail "it should be said once"
say "what nobody told: asked again after half a minute, over HTTP after a minute"
wait_for 900 is_at 4 || fail "it is at $(address): $(reason)"
wait_for 1200 is_at 6 1 || fail "over HTTP it is at $(of 1 address): $(of 1 reason)"
[ "$(grep -c '^GET /sdp/web.sdp HTTP/1' "$folder/http.log")" -ge 2 ] ||
  fail "it asked for: $(cat "$folder/http.log")"

say "strangers at our server"
engine left a "$folder/plain.ini"
"$aes67" publish ours --instance a --channels 1-2 --address 239.69.7.1 --quiet
# asks MACHINE TEXT GREP-OPTION...: what grep makes of the answer; TEXT as for printf.
# It ends with the line that it looks for, or with the connection.
asks() {
  # shellcheck disable=SC2059,SC2016
  on "$1" timeout 20 bash -c 'exec 3<>/dev/tcp/10.1.0.1/8854 &&
    printf "$1" >&3 && shift && exec grep -a "$@" <&3' _ "${@:2}"
}
answers() { asks right "$1" -q -e "$2"; }
base=rtsp://10.1.0.1:8854
answers "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" '^Public: .*DESCRIBE' || fail "no OPTIONS"
is_described() {
  answers "DESCRIBE $base/by-name/ours RTSP/1.0\r\nCSeq: 2\r\n\r\n" '^s=ours'
}
# It is announced with the next look at what there is.
wait_for 100 is_described || fail "no DESCRIBE"
answers "describe $base/by-name/ours RTSP/1.0\r\n\r\n" '501' || fail "methods have a case"
answers "DESCRIBE /by-name/ou%%72s RTSP/1.0\ncseq: 3\n\n" '^CSeq: 3' || fail "not so"
answers "DESCRIBE $base/by-name/none RTSP/1.0\r\nCSeq: 4\r\n\r\n" ' 404 ' || fail "no 404"
answers "RECORD $base/by-name/ours RTSP/1.0\r\nCSeq: 5\r\n\r\n" ' 501 ' || fail "no 501"
answers "SETUP $base/by-name/ours RTSP/1.0\r\nCSeq: 6\r\nTransport: RTP/AVP;unicast;client_port=5000-5001\r\n\r\n" \
  ' 461 ' || fail "no 461"
answers "SETUP $base/by-name/ours RTSP/1.0\r\nCSeq: 6\r\nTransport: RTP/AVP;multicast\r\n\r\n" \
  'destination=239.69.7.1;port=5004-5005' || fail "no SETUP"
answers "NONSENSE\r\n\r\n" . && fail "nonsense is answered"
answers "OPTIONS * RTSP/1.0\r\nContent-Length: 9999999\r\n\r\n" . && fail "answered"
[ "$(asks right "$(yes 'OPTIONS * RTSP/1.0\r\n\r\n' | head -n 40 | tr -d '\n')" -c -m 40 ' 200 ')" = 40 ] ||
  fail "not all of forty at once"

say "too many of them, and then one more who is in time"
# hold COUNT: so many connections from the right machine, for a minute.
hold() {
  for _ in $(seq "$1"); do
    spawn right /dev/null bash -c 'exec 3<>/dev/tcp/10.1.0.1/8854; exec sleep 60 <&3'
    helpers+=($!)
  done
}
hold 12
are_refused() { [ "$(ask a '.modules.mdns.rtsp_refused')" -ge 4 ]; }
wait_for 100 are_refused || fail "it is not counted"
answers "OPTIONS * RTSP/1.0\r\n\r\n" . && fail "there is no bound"
asks left "OPTIONS * RTSP/1.0\r\n\r\n" -q ' 200 ' || fail "another host has no place"

say "four addresses with all places that there are"
# 2296: port 8854; 01: established.
holds() { [ "$(on left grep -c ': [0-9A-F]*:2296 [0-9A-F:]* 01 ' /proc/net/tcp)" = "$1" ]; }
for n in 2 3 4; do
  on right ip addr add "10.1.0.1$n/24" dev vb
  on right ip route replace 10.1.0.1/32 dev vb src "10.1.0.1$n"
  hold 8
  wait_for 100 holds $((n * 8)) || fail "address $n has no places"
done
asks left "OPTIONS * RTSP/1.0\r\n\r\n" -q ' 200 ' || fail "nobody gives up a place"
stop a
stop b
