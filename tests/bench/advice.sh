#!/usr/bin/env bash
# advice.sh - does what "aes67 stats" says of link offsets hold? Receivers of four
# link offsets are watched for ten minutes, and their drop-outs of the next ten are
# counted, by seconds with late packets: several within one are one. In a network namespace
# (tests/net/in-namespace); BENCH_SECONDS is how long each half is.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/../net/world.sh"
need jq awk
half=${BENCH_SECONDS:-600}
a_cable
engine left a interop --set stream.when=always
engine right b interop --side b --set stream.when=always --set "receive rx1.link_offset=4ms" \
  --set "receive rx2.link_offset=8ms" --set "receive rx3.link_offset=16ms" --set "receive rx4.link_offset=32ms"
sleep 3
say "watching for $half s, load $(cut -d' ' -f1 /proc/loadavg)"
sleep "$half"
"$aes67" stats --instance b --json >"$folder/forecast"
say "counting for $half s, load $(cut -d' ' -f1 /proc/loadavg)"
"$aes67" stats --instance b --json --watch >"$folder/seconds" &
helpers+=("$!")
sleep "$half"
for n in 1 2 3 4; do
  foretold=$(jq --argjson half "$half" ".receivers[$n - 1].advice.seconds_per_drop_out as \$s |
    if \$s then \$half / \$s else 0 end" "$folder/forecast")
  jq -R "fromjson? | .receivers[$n - 1].late" "$folder/seconds" |
    awk -v foretold="$foretold" -v text="$(jq -r ".receivers[$n - 1].advice.text" "$folder/forecast")" '
      NR > 1 && $1 > before { came++ } { before = $1 }
      END { printf "%s\n    %.1f foretold, %d seconds with drop-outs came\n", text, foretold, came }'
done
