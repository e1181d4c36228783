#!/usr/bin/env bash
# two_machines.sh - "aes67 run low-latency" on one machine, the same with
# "--side b" on the other, nothing else typed: 64 channels each way at once.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

machine left right
cable left va 10.1.0.1/24 right vb 10.1.0.2/24

engine left a low-latency
engine right b low-latency --side b
listen a 2 "$seconds"
listen b 1 "$seconds"
play a 1
play b 2
heard a
heard b
hush a
hush b
# 750 us is less than some machines hold: what they lose is counted, and whatever
# is not lost is exact.
judge a b 0
judge b a 0
stop a
stop b
