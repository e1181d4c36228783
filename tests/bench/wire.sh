#!/usr/bin/env bash
# wire.sh - what the audio thread takes of a core to send and receive 64 channels
# in packets of 250 us: eight streams of 8 channels beside two of 32, through the
# kernel's UDP and past it. Interleaved, SECONDS_A_RUN (5), ROUNDS of them (5); for a
# second of sound that was sent, because a busy machine skips some; the medians, and
# their ratio to the first. In a network namespace (tests/net/in-namespace).
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "$(dirname "$0")/../net/world.sh"
need awk jq taskset
a_cable

# cpu_ns INSTANCE: of the audio thread, until now.
cpu_ns() {
  local task
  for task in "/proc/${engine_pid[$1]}/task"/*; do
    if [ "$(cat "$task/comm")" = aes67-audio ]; then
      cut -d' ' -f1 "$task/schedstat"
    fi
  done
}

# sound_ns INSTANCE: of sound that was sent, until now.
sound_ns() { ask "$1" '[.senders[].packets] | add / length * 250000 | floor'; }

# run WORD PROFILE [OPTION...]: a line "WORD THOUSANDTHS" for each engine.
run() {
  local word=$1 profile=$2 instance
  local -A cpu=() sound=()
  shift 2
  engine left a "$profile" --set stream.when=always "$@"
  engine right b "$profile" --side b --set stream.when=always "$@"
  taskset -acp 0 "${engine_pid[a]}" >/dev/null
  taskset -acp 1 "${engine_pid[b]}" >/dev/null
  sleep 0.5
  for instance in a b; do
    cpu[$instance]=$(cpu_ns $instance) sound[$instance]=$(sound_ns $instance)
  done
  sleep "${SECONDS_A_RUN:-5}"
  for instance in a b; do
    echo "$word $((($(cpu_ns $instance) - cpu[$instance]) * 100000 /
      ($(sound_ns $instance) - sound[$instance])))" >>"$folder/runs"
    stop $instance
  done
}

for _ in $(seq "${ROUNDS:-5}"); do
  run narrow low-latency
  run narrow+xdp low-latency --set "transport rtp.xdp=yes"
  run wide wide
  run wide+xdp wide --set "transport rtp.xdp=yes"
done

printf 'load %s, %s processors\n' "$(cut -d' ' -f1 /proc/loadavg)" "$(nproc)"
sort -k1,1 -k2,2n "$folder/runs" | awk '
  { x[$1, ++n[$1]] = $2 / 1000 }
  function median(w) { return x[w, int((n[w] + 1) / 2)] }
  END {
    for (w in n)
      printf "%-12s %6.2f %% of a core (%.2f to %.2f), ratio %.2f\n", \
        w, median(w), x[w, 1], x[w, n[w]], median(w) / median("narrow")
  }'
