#!/usr/bin/env bash
# two_machines.sh - "aes67 run low-latency" on one machine, the same with
# "--side b" on the other, nothing else typed: 64 channels each way at once.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/world.sh"
need jq

a_cable

engine left a low-latency
engine right b low-latency --side b
# 750 us is less than some machines hold: what they lose is counted, and whatever
# is not lost is exact.
both_ways "$seconds" 0
stop a
stop b
