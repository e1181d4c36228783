#!/usr/bin/env bash
# silence.sh - on real sockets: a receiver says why it is silent, in the words of
# the system and of the network, and plays when the cause is gone.
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

receives 'channels = 1-2' 'address = 239.69.7.1'
tells waiting 'though vb is in the group: nobody sends to 239.69.7.1:5004'
on left ip link set va down
tells waiting 'the link of vb is down'
on left ip link set va up
on left ip addr add 10.1.0.1/24 dev va 2>/dev/null || true
sends 'channels = 1-2'
plays
on right ip addr del 10.1.0.2/24 dev vb
tells silent 'vb has no IPv4 address'
on right ip addr add 10.1.0.2/24 dev vb
plays
stop a
tells silent 's ago, though vb is in the group: nobody sends to 239.69.7.1:5004'
grep -q 'warning: x: packets stopped' "$folder/b.log" || fail "the log does not say it"

sends 'channels = 1-8'
tells silent '1152 bytes a packet are 48 frames of 8 channels of L24 or 12 of L16, not of 2 of L24'
stop a
sends 'channels = 1-2' 'payload_type = 97' 'rtp_offset = 48000000'
tells silent 'timestamps are 1000 s ahead of our media clock'
stop b

receives 'channels = 1-2' 'address = 239.69.7.1' 'payload_type = 96' 'rtp_offset = 48000000'
tells silent 'packets have payload type 97, not 96'
stop b
receives 'channels = 1-2' 'address = 10.1.0.2'
tells waiting 'nothing is sent to 10.1.0.2:5004 (vb)'
stop b
stop a
sends 'channels = 1-2' 'port = 5008'
receives 'channels = 1-2' 'address = 239.69.7.1'
tells waiting 'they arrive at port 5008 of 239.69.7.1, not at 5004: set port = 5008'
stop b
stop a
