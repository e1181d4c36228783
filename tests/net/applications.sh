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
  printf '[clock]\nmodule = clock-system\n'
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

# were_in_time WORD INSTANCE: the application's bare timer, and its engine's
# wake-ups, but a few.
were_in_time() {
  [ "$(heard_of "$1" '.reference.late_share < 0.01')" = true ] && is_in_time "$2"
}

# is_explained WORD INSTANCE: not a frame of a stream of it, which plays and hears
# from channel 1 on, was silent that no counter tells: the stream's or its own.
is_explained() {
  local own silent ways n=0
  own=$(heard_of "$1" '.gap_frames + .late_frames + .absent_frames')
  ask "$2" . >"$folder/stats"
  while read -r silent; do
    ways=$(jq "(.receivers[$n] | .lost_frames + .skipped_frames) +
      .senders[$n].underrun_frames" "$folder/stats")
    n=$((n + 1))
    say "$1: stream $n: $silent silent, $ways on the way or underrun, $own by its own callbacks"
    [ "$silent" -le $((ways + own)) ] ||
      fail "$1: stream $n: $silent frames are silent, the counters explain $((ways + own))"
  done < <(heard_of "$1" '.silent_of[]')
}

# quantiles FILE: of the numbers in it, a line each: "p50 p99 most".
quantiles() {
  sort -n "$1" | awk '{ n[NR] = $1 }
    END { print n[int((NR + 1) / 2)], n[int(NR * 0.99 + 0.999)], n[NR] }'
}
