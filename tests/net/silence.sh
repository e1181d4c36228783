#!/usr/bin/env bash
# silence.sh - on real sockets: a receiver says why it is silent, in the words of
# the system and of the network, and plays when the cause is gone. The log has a line
# for each cause, once, and none for what is as it should be.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

a_cable

profile() {
  printf '%s\n' '[engine]' 'interface = auto' '[device]' 'headroom = 480' \
    '[clock]' 'module = clock-system' \
    '[stream]' 'when = always' 'link_offset = 40ms' "$@" >"$folder/profile.ini"
}

# sends LINE..., receives LINE...: an engine each.
sends() {
  profile '[send x]' 'address = 239.69.7.1' "$@"
  engine left a "$folder/profile.ini"
}
receives() {
  profile '[receive x]' "$@"
  engine right b "$folder/profile.ini"
}

state() { ask b '.receivers[0].state'; }
reason() { ask b '.receivers[0].reason'; }
is_so() { [ "$(state)" = "$1" ] && [[ "$(reason)" == *"$2"* ]]; }
# tells STATE WORDS: within a busy machine's time, in both forms of status.
tells() {
  wait_for 300 is_so "$1" "$2" || fail "it is $(state): $(reason)"
  say "$(reason)"
  "$aes67" status --instance b >"$folder/status" || true
  grep -qF "$2" "$folder/status" || fail "status does not print it"
}
plays() {
  wait_for 300 is_so playing '' || fail "it is $(state): $(reason)"
}
# logged COUNT WORDS: lines of the log about the receiver with these words.
logged() {
  local count
  count=$(grep -F ': x: ' "$folder/b.log" | grep -cF "$2") || true
  [ "$count" = "$1" ] || fail "\"$2\" is logged $count times, not $1"
}
warned() { logged 1 "warning: x: $1"; }

receives 'channels = 1-2' 'address = 239.69.7.1'
tells waiting 'though vb is in the group: nobody sends to 239.69.7.1:5004'
logged 0 'no packet has come'
on left ip link set va down
tells waiting 'the link of vb is down'
warned 'the link of vb is down'
on left ip link set va up
on left ip addr add 10.1.0.1/24 dev va 2>/dev/null || true
sends 'channels = 1-2'
tells playing 'every sample has been 0 for'
logged 0 'every sample'
on right ip addr del 10.1.0.2/24 dev vb
tells silent 'vb has no IPv4 address'
warned 'vb has no IPv4 address'
on right ip addr add 10.1.0.2/24 dev vb
plays
stop a
tells silent 's ago, though vb is in the group: nobody sends to 239.69.7.1:5004'
warned 'packets stopped'
logged 0 'no packet has come'

sends 'channels = 1-8'
tells silent '1152 bytes a packet are 48 frames of 8 channels of L24 or 12 of L16, not of 2 of L24'
warned '1152 bytes a packet'
stop a
sends 'channels = 1-2' 'payload_type = 97' 'rtp_offset = 48000000'
tells silent 'timestamps are 1000 s ahead of our media clock'
warned 'timestamps are 1000 s ahead'
stop b

receives 'channels = 1-2' 'address = 239.69.7.1' 'payload_type = 96' 'rtp_offset = 48000000'
tells silent 'packets have payload type 97, not 96'
warned 'packets have payload type 97'
stop b
receives 'channels = 1-2' 'address = 10.1.0.2'
tells waiting 'nothing is sent to 10.1.0.2:5004 (vb)'
logged 0 'no packet has come'
stop b
stop a
sends 'channels = 1-2' 'port = 5008'
receives 'channels = 1-2' 'address = 239.69.7.1'
tells waiting 'they arrive at port 5008 of 239.69.7.1, not at 5004: set port = 5008'
warned 'no packet has come'
stop b
stop a
