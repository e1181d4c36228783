# applications.sh - what the scripts share that have duplex applications at work:
# one engine that hears its own 64 channels through the network, applications with
# one callback, and the judgement of what they say. Sourced.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=tests/net/world.sh
source "${VSC_SOURCE:?where the sources are}/tests/net/world.sh"
need jq

link_offset_ms=20
offset=$((rate * link_offset_ms / 1000))
{
  printf 'include = low-latency\n[engine]\ninterface = lo\n'
  printf '[stream]\nlink_offset = %sms\n' "$link_offset_ms"
  for n in 1 2 3 4 5 6 7 8; do
    printf '[receive rx%s]\naddress = 239.69.1.%s\n' "$n" "$n"
  done
} >"$folder/mirror.ini"

# duplex WORD INSTANCE FIRST CHANNELS FRAMES SECONDS: in the background, until it
# has started; what it says is in $folder/duplex.WORD.
duplex() {
  : >"$folder/duplex-$1.log"
  "$tools/duplex" "$2" "$3" "$4" "$5" "$offset" "$6" \
    >"$folder/duplex.$1" 2>"$folder/duplex-$1.log" </dev/null &
  player_pid[$1]=$!
  wait_for 150 grep -q '^started' "$folder/duplex-$1.log" ||
    fail "the application \"$1\" does not start"
}

# finish WORD: it ends by itself or now, and has said what it heard.
finish() {
  local code=0
  kill -INT "${player_pid[$1]}" 2>/dev/null || true
  wait "${player_pid[$1]}" || code=$?
  unset "player_pid[$1]"
  [ "$code" = 0 ] || fail "the application \"$1\" ended with $code"
  say "$1: $(head -c 600 "$folder/duplex.$1")"
}

# heard_of WORD FILTER: of what it said, by jq.
heard_of() { jq -r "$2" "$folder/duplex.$1"; }

# is_sound WORD: nothing wrong, input and output always as far apart as reported.
is_sound() {
  [ "$(heard_of "$1" .wrong)" = 0 ] || fail "$1: wrong frames"
  [ "$(heard_of "$1" .distances)" = 0 ] || fail "$1: input and output moved apart"
  [ "$(heard_of "$1" .exact)" -ge "$exact_wanted" ] || fail "$1: nothing exact"
}
