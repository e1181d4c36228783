#!/usr/bin/env bash
# clock_steps.sh - the engine's wall clock is set forth and back while an
# application plays and hears 64 channels: each step is one generation of the media
# clock and one silence, and before and behind it every frame is the right one.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/applications.sh
source "$(dirname "$0")/applications.sh"

ms=1000000
steps=(500 -500 3600000 -3600000 37000 -36000 86400000)
[ -z "${VSC_LONG:-}" ] || for n in {1..20}; do steps+=($((n * 777)) -$((n * 555))); done

# set_off NS: in place; who has mapped the file sees all of it at once.
set_off() {
  local n bytes=
  for n in 0 1 2 3 4 5 6 7; do
    bytes+=\\x$(printf %02x $(($1 >> (8 * n) & 255)))
  done
  # shellcheck disable=SC2059 # bytes
  printf "$bytes" | dd of="$folder/off" bs=8 conv=notrunc 2>/dev/null
}

: >"$folder/off"
set_off 0
STEPPING=$folder/off LD_PRELOAD=$VSC_BUILD/tests/net/libstepping.so \
  engine here a "$folder/mirror.ini"
duplex d a 1 64 32 3600
sleep 1
generation() { ask a .clock.generation; }
now=$(generation) off=0
has_stepped() { [ "$(generation)" = $((now + 1)) ]; }
for step in "${steps[@]}"; do
  off=$((off + step * ms))
  set_off $off
  wait_for 50 has_stepped || fail "by $step ms: generation $(generation) after $now"
  now=$((now + 1))
  sleep 0.7
done
[ "$(generation)" = "$now" ] || fail "more generations than steps"
[ "$(ask a .audio.clock_steps)" -ge ${#steps[@]} ] || fail "the audio thread took no step"
kill -0 "${player_pid[d]}" || fail "the application has ended"
finish d
is_sound d
silences=$(heard_of d '.outages_ms | length')
longest=$(heard_of d '[.outages_ms[], 0] | max')
say "${#steps[@]} steps: $silences silences of 40 ms and more, the longest $longest ms"
patience=500
were_in_time d a || patience=5000
[ "$longest" -le $patience ] || fail "sound comes back late"
[ "$(heard_of d .away)" = 0 ] || fail "the engine was away"
stop a
