#!/usr/bin/env bash
# bit_exact.sh - 64 channels of 24-bit noise from "play" on one machine to
# "record" on another, at 250 us and at 1 ms: no frame wrong, none shifted, and
# silent only what the counters say.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

a_cable

for profile in low-latency interop; do
  say "$profile"
  # An ordinary user's engine may stall: here it is exactness that counts.
  engine left a "$profile" --set stream.link_offset=20ms
  engine right b "$profile" --side b --set stream.link_offset=20ms
  one_way "$seconds" 50
  stop a
  stop b
done
