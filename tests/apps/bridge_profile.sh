#!/usr/bin/env bash
# bridge_profile.sh - [bridge NAME] in a profile: a process beside the engine plays
# to a card; killed, it comes back; one whose card is not there says so and is tried
# again; and none is left when the engine is gone, however it went.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "$0")/alsa.sh"
# shellcheck source=tests/apps/jack_card.sh
source "$(dirname "$0")/jack_card.sh"

# bridge NAME KEY: of the status.
bridge() { ask a ".bridges[] | select(.name == \"$1\") | .$2"; }
is_running() { [[ $(bridge "$1" state) == @(running|settling) ]]; }
has_failed() { [ "$(bridge "$1" state)" = failed ]; }
has_restarted() { [ "$(bridge room restarts)" -ge "$1" ]; }
has_moved() { [ "$(bridge room frames)" -gt "$1" ]; }
# also one that nobody has taken note of
is_gone() { [[ ! -e /proc/$1 || $(cut -d" " -f3 "/proc/$1/stat") = Z ]]; }
# processes: into pids, of the bridges that run.
processes() {
  mapfile -t pids < <(ask a ".bridges[].pid | select(. > 0)")
  [ ${#pids[@]} -ge 2 ] || fail "only ${#pids[@]} processes: $("$aes67" status)"
}
# runs_anew PID: with another; asked at once, for the old one may end in between.
runs_anew() {
  local now
  now=$(bridge room '| "\(.state) \(.pid)"')
  [[ $now == @(running|settling)\ * && $now != *" $1" ]]
}

cat >"$folder/room.ini" <<'END'
include = mirror
[bridge room]
device = speaker
channels = 1-2
[bridge desk]
device = mic
direction = capture
channels = 3-4
latency = 60ms
[bridge nowhere]
device = no-such-card
channels = 5-6
END
cp "$folder/mirror.ini" "$folder/room.mirror.ini"
sed -i "s|^include = mirror$|include = $folder/room.mirror.ini|" "$folder/room.ini"

engine here a "$folder/room.ini"
wait_for 200 is_running room || fail "no bridge: $("$aes67" status)"
wait_for 200 is_running desk || fail "no bridge: $("$aes67" status)"
wait_for 300 has_ports speaker || fail "nothing plays to the card"
[ "$(bridge desk latency_ns)" -ge 60000000 ] || fail "latency = 60ms is not heeded"
wait_for 300 has_failed nowhere || fail "a card that is not there: $("$aes67" status)"
case $(bridge nowhere reason) in
  *no-such-card*) ;;
  *) fail "it is not said what is wrong: $(bridge nowhere reason)" ;;
esac
exits 3 status # for the one that has failed
grep -q '^nowhere  *failed' "$folder/out" || fail "$(cat "$folder/out")"
say "$(grep -A3 '^bridge' "$folder/out")"

say "a bridge is killed"
wait_for 300 has_moved $((3 * rate)) || fail "no frames are counted"
frames=$(bridge room frames)
pid=$(bridge room pid)
kill -9 "$pid"
wait_for 300 runs_anew "$pid" || fail "it does not come back: $("$aes67" status)"
has_restarted 1 || fail "restarts are not counted"
# All since the engine began: the new process has not moved so many yet.
has_moved "$((frames - 1))" || fail "those of the process that is gone are forgotten"
is_running desk || fail "the other one has ended, too"

say "a bridge is stopped, as one whose card hangs"
pid=$(bridge room pid)
kill -STOP "$pid"
wait_for 600 runs_anew "$pid" || fail "it does not come back: $("$aes67" status)"
is_gone "$pid" || fail "what hung is there still"
has_restarted 2 || fail "the second restart is not counted"

say "the engine is asked to end"
processes
stop a
for pid in "${pids[@]}"; do
  is_gone "$pid" || fail "process $pid is left behind"
done

say "the engine is killed"
engine here a "$folder/room.ini"
wait_for 200 is_running room || fail "no bridge: $("$aes67" status)"
wait_for 200 is_running desk || fail "no bridge: $("$aes67" status)"
processes
kill -9 "${engine_pid[a]}"
wait "${engine_pid[a]}" 2>/dev/null || true
unset "engine_pid[a]"
for pid in "${pids[@]}"; do
  wait_for 200 is_gone "$pid" || fail "process $pid has no engine and runs"
done
