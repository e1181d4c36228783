#!/usr/bin/env bash
# bridges.sh - a tone from the device to a sound card on another clock, by our
# bridge and by zita-njbridge (Debian: zita-njbridge) at the same time on the same
# card: how the pitch and the latency move, and what each costs. The card is JACK's
# without hardware; zita hears the device through a JACK server of its own. Two
# minutes; with VSC_LONG ten. In a network namespace; where other work runs, JACK has
# to come first, which takes root:
#   unshare -n sh -c 'ip link set lo up; exec chrt -r 5 tests/bench/bridges.sh'
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/../apps/alsa.sh"
# shellcheck source=tests/apps/jack_card.sh
source "$(dirname "$0")/../apps/jack_card.sh"
need arecord zita-j2n zita-n2j
time_s=120
[ -z "${VSC_LONG:-}" ] || time_s=600
card=$JACK_DEFAULT_SERVER
device=aes67-device-$$
cat >>"$folder/cards.conf" <<'END'
pcm.ours { type plug slave.pcm { type jack name "ours" capture_ports { 0 system:capture_1 } } }
pcm.zita { type plug slave.pcm { type jack name "zita" capture_ports { 0 system:capture_1 } } }
END

engine here a "$folder/mirror.ini"
"$aes67" tone --frequency 997 --channels 1-2 --quiet 2>"$folder/tone.log" &
helpers+=("$!")

# The device as a JACK server, and zita between it and the card.
has() { JACK_DEFAULT_SERVER=$1 jack_lsp 2>/dev/null | grep -q "^$2"; }
join() { JACK_DEFAULT_SERVER=$1 jack_connect "$2" "$3" 2>/dev/null; }
JACK_DEFAULT_SERVER=$device jackd -d alsa -C aes67:a -i 2 -r "$rate" -p 1024 -n 3 \
  >"$folder/device.log" 2>&1 </dev/null &
helpers+=("$!")
wait_for 100 has "$device" system:capture_2 || fail "no JACK on the device"
# It locks all memory, and where little may be locked finds none for its threads.
no_locks() {
  ulimit -l 1024
  exec "$@"
}
JACK_DEFAULT_SERVER=$device no_locks zita-j2n --chan 1 --float 127.0.0.1 30042 >"$folder/j2n.log" 2>&1 </dev/null &
sender=$!
# What it keeps is 10 ms unless told: less than a period here, so that half is silence.
JACK_DEFAULT_SERVER=$card no_locks zita-n2j --chan 1 --buff 60 127.0.0.1 30042 >"$folder/n2j.log" 2>&1 </dev/null &
receiver=$!
"$aes67" bridge play speaker --channels 1-2 --json >"$folder/bridge.json" 2>"$folder/bridge.log" &
bridge=$!
helpers+=("$sender" "$receiver" "$bridge")
wait_for 100 has "$device" zita-j2n:in_1 || fail "no zita-j2n"
join "$device" system:capture_1 zita-j2n:in_1 || say "zita hears nothing: $(cat "$folder/j2n.log")"
wait_for 100 has "$card" zita-n2j:out_1 || fail "no zita-n2j"
wait_for 100 has_ports speaker || fail "no bridge"
sleep 60 # until both have settled

for one in ours zita; do
  arecord -q -D "$one" -f S24_3LE -c 1 -r "$rate" -t raw -d "$time_s" "$folder/$one.raw" \
    2>"$folder/$one.log" </dev/null &
  helpers+=("$!")
  wait_for 100 has "$card" "$one:in_000" || fail "no recorder"
done
join "$card" speaker:out_000 ours:in_000 || fail "ours is not recorded"
join "$card" zita-n2j:out_1 zita:in_000 || say "zita has ended: $(cat "$folder/n2j.log")"
before="$(cpu_ns "$bridge") $(cpu_ns "$sender" "$receiver")"
wait "${helpers[-2]}" "${helpers[-1]}" || true
after="$(cpu_ns "$bridge") $(cpu_ns "$sender" "$receiver")"
kill -INT "$bridge"
wait "$bridge" || true

printf '%s, JACK was late %s times\n' "$(load_now)" \
  "$(grep -c XRun "$folder/jackd.log" || true)"
for one in ours zita; do
  printf '%s: %s; recorder late %s times\n' "$one" \
    "$("$tools/../apps/tone_line" 1 997 <"$folder/$one.raw")" \
    "$(grep -c 'run!!!' "$folder/$one.log" || true)"
done
jq -c . "$folder/bridge.json"
read -r -a b <<<"$before"
read -r -a a <<<"$after"
printf 'cpu: bridge (2 channels) %s %%, zita-j2n and zita-n2j (1 channel) %s %%\n' \
  "$(awk "BEGIN { print (${a[0]} - ${b[0]}) / $time_s / 1e7 }")" \
  "$(awk "BEGIN { print (${a[1]} - ${b[1]}) / $time_s / 1e7 }")"
