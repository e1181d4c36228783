#!/usr/bin/env bash
# rooms.sh - how far apart three rooms play: three machines on a switch that follow
# the PTP of a fourth, asked at the same instants where the media clock is, as a
# distribution; they have one raw clock, so that what differs is theirs. A minute;
# with VSC_LONG ten. In a network namespace (tests/net/in-namespace).
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/../net/world.sh"
need jq awk
on_a_switch studio kitchen bath attic
samples=600
[ -z "${VSC_LONG:-}" ] || samples=6000

# shellcheck disable=SC2034 # for engine(): the profiles as they are, with clock-ptp
is_shipped=yes
engine studio studio interop --set clock.role=master \
  --set "send tx1.channels=1-2" --set "engine.name="
"$aes67" publish speaker --instance studio --channels 3-4 >/dev/null
for room in kitchen bath attic; do
  engine "$room" "$room" speaker --set "bridge speaker.enabled=no"
done
is_locked() { [ "$(clock "$1" state) $(clock "$1" module)" = "locked clock-ptp" ]; }
for room in kitchen bath attic; do
  wait_for 1200 is_locked "$room" || fail "$room does not follow the clock"
done
say "settling for a minute"
sleep 60

for room in kitchen bath attic; do
  "$aes67" clock --instance "$room" --sample "$samples" >"$folder/$room.clock" &
  helpers+=("$!")
done
for room in "${helpers[@]: -3}"; do
  wait "$room"
done

# Times since the first sample, and the media clock less the raw one, without what
# is common: small numbers, for awk's are doubles.
first=$(awk 'NR == 1 { print $1 }' "$folder/kitchen.clock")
offset=$(awk 'NR == 1 { print $3 }' "$folder/kitchen.clock")
offset=$((offset - first))
for room in kitchen bath attic; do
  while read -r raw _ media; do
    printf '%s %s %s\n' "$room" "$((raw - first))" "$((media - raw - offset))"
  done <"$folder/$room.clock"
done >"$folder/all"
printf '%s; rooms apart, of %s instants\n' "$(load_now)" "$samples"
awk '
  { n[$1]++; at[$1, n[$1]] = $2; off[$1, n[$1]] = $3 }
  # The offset of a room at T, on the line between two samples.
  function look(room, t,   i) {
    i = last[room] ? last[room] : 1
    while (i < n[room] - 1 && at[room, i + 1] < t) i++
    last[room] = i
    return off[room, i] + (off[room, i + 1] - off[room, i]) * \
      (t - at[room, i]) / (at[room, i + 1] - at[room, i])
  }
  END {
    for (i = 2; i < n["kitchen"]; i++) {
      t = at["kitchen", i]
      a = off["kitchen", i]; b = look("bath", t); c = look("attic", t)
      low = a < b ? a : b; low = c < low ? c : low
      high = a > b ? a : b; high = c > high ? c : high
      print high - low
    }
  }' "$folder/all" | sort -n >"$folder/apart"
awk '{ x[NR] = $1 } END {
  printf "p50 %.2f us, p90 %.2f us, p99 %.2f us, max %.2f us\n", \
    x[int(NR * 0.5)] / 1e3, x[int(NR * 0.9)] / 1e3, x[int(NR * 0.99)] / 1e3, x[NR] / 1e3
}' "$folder/apart"
