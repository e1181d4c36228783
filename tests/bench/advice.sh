#!/usr/bin/env bash
# advice.sh - does what "aes67 stats" says of link offsets hold? Receivers of eight
# link offsets are watched for ten minutes, and their drop-outs of the next ten are
# counted. In a network namespace (tests/net/in-namespace); BENCH_SECONDS is how long
# each half is.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/../net/world.sh"
need jq awk
half=${BENCH_SECONDS:-600}
offsets=(1 1.5 2 3 4 6 10 20) # ms
for n in "${!offsets[@]}"; do
  options+=(--set "receive rx$((n + 1)).link_offset=${offsets[n]}ms")
done
a_cable
engine left a low-latency --set stream.when=always
engine right b low-latency --side b --set stream.when=always "${options[@]}"
sleep 3
say "watching for $half s, $(load_now)"
sleep "$half"
"$aes67" stats --instance b --json >"$folder/forecast"
say "counting for $half s, $(load_now)"
sleep "$half"
"$aes67" stats --instance b --json >"$folder/after"
jq -r --argjson half "$half" --slurpfile after "$folder/after" '
  range(.receivers | length) as $n | .receivers[$n] as $was | $after[0].receivers[$n] as $is |
  "\($was.advice.text)\n  foretold \($was.advice.seconds_per_drop_out |
    if . then $half / . * 10 | round / 10 else "none" end), came \($is.dropouts - $was.dropouts)"
' "$folder/forecast"
