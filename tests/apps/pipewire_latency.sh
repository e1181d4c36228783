#!/usr/bin/env bash
# pipewire_latency.sh - the latency that PipeWire reports is the measured one, to
# the frame, at each quantum: two cycles and the device's two latencies; what
# jack_iodelay measures more is the link offset.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/graph.sh
source "$(dirname "$0")/graph.sh"
need pw-jack jack_lsp jack_iodelay stdbuf

engine here a "$folder/mirror.ini"
duplex probe a 1 1 32 0.5
wait "${player_pid[probe]}" || fail "the device does not open"
unset "player_pid[probe]"
latencies=$(($(heard_of probe .distance) - 32))
pipewire_starts
bridge_starts a
jack_sees_ports() { [ "$(pw-jack jack_lsp 2>/dev/null | grep -c '^AES67 a ')" = 128 ]; }
wait_for 50 jack_sees_ports || fail "JACK programs see other ports: $(pw-jack jack_lsp)"

pw-jack stdbuf -oL jack_iodelay >"$folder/iodelay.log" 2>&1 &
helpers+=($!)
wait_for 50 pw-link jack_delay:out 'aes67.a.out:tx1 1' 2>/dev/null ||
  fail "no meter: $(cat "$folder/iodelay.log")"
pw-link 'aes67.a.in:rx1 1' jack_delay:in

# reported PORT capture|playback
reported() {
  pw-jack jack_lsp -l "$1" 2>/dev/null |
    sed -n "s/.*port $2 latency = \\[ \\([0-9]*\\) .*/\\1/p" | head -n 1
}

# is_true FRAMES: of cycles of these, what is reported is two of them and the
# device's latencies, and so is what is measured, to the meter's half a frame.
is_true() {
  told=$(($(reported 'AES67 a in:rx1 1' capture) + $(reported 'AES67 a out:tx1 1' playback)))
  [ "$told" = $((2 * $1 + latencies)) ] || return 1
  tail -n 3 "$folder/iodelay.log" | awk -v want=$((told + offset)) '
    $2 == "frames" && $1 > want - 0.5 && $1 < want + 0.5 { found = 1 }
    END { exit !found }'
}

for frames in 256 64 1024 480; do
  quantum "$frames"
  # A machine that stalls costs a cycle now and then.
  wait_for 200 is_true "$frames" ||
    fail "$told are reported at $frames: $(tail -n 3 "$folder/iodelay.log")"
  say "cycles of $frames: $told reported, $offset link offset, together measured"
done
stop a
