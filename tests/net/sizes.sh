#!/usr/bin/env bash
# sizes.sh - devices of other sizes than the shipped ones, from one machine to
# another: 128 channels each way, rates from 44.1 to 384 kHz, packets of 125 us.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq
a_cable

# profile send|receive: streams of eight channels for all of the device's.
profile() {
  local n
  printf '%s\n' '[engine]' 'interface = auto' '[device]' "rate = $rate" \
    "inputs = $channels" "outputs = $channels" "headroom = $((rate / 100))" \
    '[stream]' "packet_time = $1" 'link_offset = 20ms'
  for ((n = 1; n <= channels / 8; n++)); do
    printf '%s\n' "[$2 s$n]" "channels = $((8 * n - 7))-$((8 * n))" "address = 239.69.1.$n"
  done
}

# try CHANNELS RATE PACKET_TIME
try() {
  channels=$1 rate=$2
  say "$1 channels at $2 Hz, packets of $3"
  profile "$3" send >"$folder/a.ini"
  profile "$3" receive >"$folder/b.ini"
  rm -f "$folder/noise.1"
  engine left a "$folder/a.ini"
  engine right b "$folder/b.ini"
  one_way 4 50
  stop a
  stop b
}

try 128 48000 250us
try 8 48000 125us
try 8 44100 1ms
try 8 96000 250us
try 8 192000 125us
try 8 352800 125us
try 8 384000 125us
