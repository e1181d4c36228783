#!/usr/bin/env bash
# jack.sh - jackd on the device: 64 + 64 ports, and a round trip that is the
# buffers, the device's two latencies and the link offset, to the frame.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
need jackd jack_lsp jack_connect jack_iodelay stdbuf

export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=aes67-test-$$
engine here a "$folder/mirror.ini"
# Input and output of one callback of 32 frames are those apart, and the two
# latencies.
duplex probe a 1 1 32 0.5
wait "${player_pid[probe]}" || fail "the device does not open"
unset "player_pid[probe]"
latencies=$(($(heard_of probe .distance) - 32))

has_ports() { [ "$(jack_lsp 2>/dev/null | grep -c '^system:')" = 128 ]; }
has_measured() { grep -q "^ *$1\\.000 frames" "$folder/iodelay.log"; }

# measure PERIOD: with three periods of playback and one of capture.
measure() {
  local expected=$((4 * $1 + latencies + offset))
  jackd -r -d alsa -d aes67 -r "$rate" -p "$1" -n 3 >"$folder/jackd.log" 2>&1 &
  local server=$!
  helpers+=("$server")
  wait_for 100 has_ports || fail "there are no 128 ports"
  stdbuf -oL jack_iodelay >"$folder/iodelay.log" 2>&1 &
  local meter=$!
  helpers+=("$meter")
  wait_for 50 jack_connect jack_delay:out system:playback_1 2>/dev/null ||
    fail "no meter: $(cat "$folder/iodelay.log")"
  jack_connect system:capture_1 jack_delay:in
  # A machine that stalls makes jackd leave out a period now and then.
  wait_for 200 has_measured "$expected" ||
    fail "not $expected frames: $(tail -n 4 "$folder/iodelay.log")"
  ! grep -q 'CTL' "$folder/jackd.log" || fail "no mixer: $(grep CTL "$folder/jackd.log")"
  say "periods of $1: $expected frames"
  kill "$meter" "$server"
  wait "$meter" "$server" 2>/dev/null || true
}

measure 128
measure 256
stop a
