#!/usr/bin/env bash
# pipewire.sh - pw-play and pw-record through two engines in network namespaces,
# 64 channels, bit by bit: each engine's device is two nodes of one graph, which
# run by the media clock, whatever quantum the graph has.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/graph.sh
source "$(dirname "$0")/graph.sh"

a_cable
engine left a low-latency --set stream.link_offset=20ms
engine right b low-latency --side b --set stream.link_offset=20ms

say "no PipeWire yet: the bridge waits for it"
"$bridge" --instance a >"$folder/bridge.a.log" 2>&1 &
helpers+=($!)
wait_for 50 grep -q 'PipeWire is not running' "$folder/bridge.a.log" ||
  fail "it does not say that it waits"
pipewire_starts
wait_for 100 has_ports a || fail "it does not come when PipeWire does"
bridge_starts b

say "the ports have the streams' names"
has_port() { grep -qx "$2" <<<"$(pw-link "$1")"; }
has_port -o 'aes67.b.in:rx3 2' || fail "$(pw-link -o)"
has_port -i 'aes67.a.out:tx8 8' || fail "$(pw-link -i)"

for frames in 1024 64 480; do
  quantum "$frames"
  say "64 channels, cycles of $frames"
  recorder heard aes67.b.in 64
  player played aes67.a.out "$(noise_wav 64 4)" 64
  wait "${player_pid[played]}" || fail "pw-play ended with $?"
  unset "player_pid[played]"
  # A machine that stalls for longer than a cycle breaks what is played.
  recorded heard 64 "$exact_wanted" "$frames"
done

say "2 channels, with the graph's own quantum"
quantum 0
recorder heard aes67.b.in 2
player played aes67.a.out "$(noise_wav 2 4)" 2
wait "${player_pid[played]}" || fail "pw-play ended with $?"
unset "player_pid[played]"
recorded heard 2 "$exact_wanted"
stop a
stop b
