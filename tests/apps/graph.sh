# graph.sh - what the PipeWire scripts of tests/apps share: a PipeWire of their
# own with a session manager, our bridge in it, and what is asked of both. Sourced.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=tests/apps/alsa.sh
source "$(dirname "${BASH_SOURCE[0]}")/alsa.sh"
need pw-dump pw-link pw-play pw-record pw-metadata sox

bridge=$VSC_BUILD/aes67-pipewire
[ -x "$bridge" ] || skip "it was built without libpipewire"
# shellcheck source=tests/apps/session.sh
source "$(dirname "${BASH_SOURCE[0]}")/session.sh"

# bridge_starts INSTANCE [OPTION...]: until its ports are in the graph.
bridge_starts() {
  : >"$folder/bridge.$1.log"
  "$bridge" --instance "$@" >"$folder/bridge.$1.log" 2>&1 &
  bridge_pid=$!
  helpers+=("$bridge_pid")
  wait_for 100 has_ports "$1" || fail "the bridge's ports are not there"
  # The session manager has them made anew.
  sleep 1
  wait_for 100 has_ports "$1" || fail "the bridge's ports are gone"
}

# count_ports INSTANCE -o|-i
count_ports() {
  pw-link "$2" 2>/dev/null | grep -c "^aes67\.$1\." || true
}

has_ports() {
  [ "$(count_ports "$1" -o)" = 64 ] && [ "$(count_ports "$1" -i)" = 64 ]
}

# quantum FRAMES: of the graph, from now on.
quantum() {
  pw-metadata -n settings 0 clock.force-quantum "$1" >/dev/null
}

# recorder NAME NODE CHANNELS: pw-record in the background, linked.
recorder() {
  pw-record --target "$2" --channels "$3" --format f32 --rate "$rate" \
    "$folder/$1.wav" >"$folder/$1.log" 2>&1 &
  player_pid[$1]=$!
  wait_for 100 are_linked "pw-record" -i "$3" || fail "pw-record is not linked"
}

# player NAME NODE FILE CHANNELS: pw-play in the background, linked.
player() {
  pw-play --target "$2" "$3" >"$folder/$1.log" 2>&1 &
  player_pid[$1]=$!
  wait_for 100 are_linked "pw-play" -o "$4" || fail "pw-play is not linked"
}

# are_linked CLIENT -i|-o COUNT
are_linked() {
  [ "$(pw-link -l "$2" 2>/dev/null | grep -A1 "^$1:" | grep -c '|[-<]')" = "$3" ]
}

# not_ready: cycles that programs were late with so far, of all bridges. Such a
# program hears one cycle while the next is put in its place: PipeWire has no more.
not_ready() {
  awk '/not ready with/ { n[FILENAME] = $9 } END { for (f in n) sum += n[f]; print sum + 0 }' \
    "$folder"/bridge.*.log
}

# recorded NAME CHANNELS [LEAST [CYCLE]]: it is still there, ends, and in what it
# heard is nothing but the noise and silence, and LEAST frames of the noise without
# a break. Frames are wrong only in cycles that a program was late with.
recorded() {
  local code=0 line exact silent wrong longest least=${3:-$((rate / 10))} group=$2
  local torn
  kill -INT "${player_pid[$1]}" || fail "$1 has gone: $(cat "$folder/$1.log")"
  wait "${player_pid[$1]}" || code=$?
  unset "player_pid[$1]"
  [ "$code" -lt 2 ] || fail "$1 ended with $code"
  # 24 bits in floats: nothing is rounded.
  sox -V1 "$folder/$1.wav" -t raw -e signed -b 24 "$folder/$1.raw"
  [ "$2" -lt 8 ] || group=8
  sleep 1.1 # it says so once a second
  torn=$(($(not_ready) * ${4:-0}))
  "$tools/noise" search "$2" "$group" 1 <"$folder/$1.raw" >"$folder/verdict"
  while read -r line; do
    read -r _ _ exact _ silent _ wrong _ longest _ <<<"$line"
    [ "$wrong" -le "$torn" ] || fail "wrong frames: $line"
    [ "$longest" -ge "$least" ] || fail "hardly anything: $line"
  done <"$folder/verdict"
  say "  $(wc -l <"$folder/verdict") of $group channels; the last: $exact exact," \
    "$silent silent, $wrong wrong; $longest in a row"
}

# noise_wav CHANNELS SECONDS: its path.
noise_wav() {
  local file=$folder/noise$1x$2.$rate.wav
  [ -e "$file" ] || sox -t raw -r "$rate" -e signed -b 24 -c "$1" \
    "$(noise "$1" "$2")" "$file"
  printf '%s\n' "$file"
}
