#!/usr/bin/env bash
# jack_names.sh - the ports of a jackd on the device are called after the streams,
# also after they have changed.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need jackd jack_lsp jack_property

# Every jackd of a user keeps its names in one file of /dev/shm, and a second one
# clears it away.
if [ "${1:-}" != inside ]; then
  rm -rf "$folder"
  exec unshare --mount bash "$0" inside
fi
mount -t tmpfs tmpfs /dev/shm 2>/dev/null || skip "this namespace mounts nothing"

export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=aes67-names-$$
has_ports() { [ "$(jack_lsp 2>/dev/null | grep -c '^system:')" = 128 ]; }
# called PORT NAME: what JACK programs show.
called() {
  local is
  is=$(timeout 20 jack_property -p -l "$1" 2>/dev/null | sed -n 's/.*pretty-name value: //p')
  [ "$is" = "$2" ] || fail "$1 is called \"$is\", not \"$2\""
}
name_ports() { timeout 20 "$aes67" device names --jack --quiet; }

# A session's name, as a stranger may send it.
stage="Bühne \"\$(reboot)\" links"
cat >"$folder/stage.sdp" <<SDP
v=0
o=- 1 1 IN IP4 192.168.0.1
s=$stage
c=IN IP4 239.69.7.1/32
t=0 0
m=audio 5004 RTP/AVP 96
a=rtpmap:96 L24/48000/2
a=ptime:0.25
a=mediaclk:direct=0
SDP
{
  printf 'include = low-latency\n[engine]\ninterface = lo\n[receive rx8]\nenabled = no\n'
  printf '[receive stage]\nchannels = 57-58\nsdp = %s\n' "$folder/stage.sdp"
} >"$folder/names.ini"

code=0
"$aes67" device names 2>"$folder/no-engine" || code=$?
[ "$code" = 4 ] || fail "without an engine: exit $code"
engine here a "$folder/names.ini"
code=0
name_ports 2>"$folder/no-jack" || code=$?
[ "$code" = 1 ] || fail "without a jackd: exit $code"
grep -q 'no JACK server runs: start it with jackd' "$folder/no-jack" ||
  fail "without a jackd: $(cat "$folder/no-jack")"

jackd -r -d alsa -d aes67 -r "$rate" -p 256 -n 3 >"$folder/jackd.log" 2>&1 &
helpers+=($!)
wait_for 100 has_ports || fail "there are no 128 ports"
name_ports || fail "the ports cannot be named"
called system:capture_1 'rx1 1'
called system:capture_57 "$stage 1"
called system:capture_64 ''
called system:playback_9 'tx2 1'
[ "$("$aes67" device names | sed -n 's/^in 58 //p')" = "$stage 2" ] ||
  fail "not listed: $("$aes67" device names)"
[ "$("$aes67" device names --json | jq -r '.schema, .outputs[63]' | xargs)" = 'vsc.names/1 tx8 8' ] ||
  fail "not in JSON: $("$aes67" device names --json)"

if ardour=$(compgen -c | grep -x -m1 'ardour[0-9]*-lua'); then
  say "Ardour shows them"
  HOME=$folder XDG_CONFIG_HOME=$folder/config XDG_CACHE_HOME=$folder/cache timeout 100 "$ardour" \
    "$(dirname "$0")/ardour_names.lua" "$folder" system:capture_57 system:playback_9 \
    >"$folder/ardour.log" 2>&1 </dev/null || fail "Ardour ended with $?"
  grep -qxF "system:capture_57 is $stage 1" "$folder/ardour.log" || fail "not in Ardour"
  grep -qxF "system:playback_9 is tx2 1" "$folder/ardour.log" || fail "not in Ardour"
fi

say "a route has changed"
"$aes67" route set rx1 '1>64' >/dev/null
name_ports || fail "the ports cannot be named again"
called system:capture_64 'rx1 1'
called system:capture_1 ''
stop a
